drop table access_parts;
drop table access_requests;
