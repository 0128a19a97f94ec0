alter table sign_in_failures drop column code_failed_at;
alter table sign_in_failures drop column wrong_codes;
alter table sessions drop column factor_at;
drop table recovery_codes;
drop table second_factors;
