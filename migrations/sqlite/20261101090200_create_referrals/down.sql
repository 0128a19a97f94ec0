drop table escalations;
drop table service_updates;
drop table referrals;
