drop table best_interests;
