drop table safe_contacts;
