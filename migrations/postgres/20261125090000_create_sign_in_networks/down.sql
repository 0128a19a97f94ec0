drop table sign_in_networks;
