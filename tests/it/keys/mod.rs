//! The deployment keys: given, wrong, missing, and one after another while the program serves.

mod given;
mod rewrapping;
mod rotation;
