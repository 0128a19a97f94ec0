drop table document_contents;
drop table documents;
