drop table closure_checklists;
