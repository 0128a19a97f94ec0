drop table plan_items;
drop table plan_reviews;
drop table plan_agreements;
drop table support_plans;
