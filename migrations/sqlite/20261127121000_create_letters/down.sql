drop table letters;
drop table letter_numbers;
