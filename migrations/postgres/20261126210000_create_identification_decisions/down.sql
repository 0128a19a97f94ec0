drop table identification_decisions;
