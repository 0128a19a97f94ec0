//! Each story is told once and runs on both databases.

/// Makes of each `async fn story(w: World)` a module of its name with the tests `sqlite` and
/// `postgres`; likewise of each `async fn story(p: Program)`, which happens to a process of its own.
///
/// Stories happen in the fictional country, or after `in "ug";` under that country's profile, or after
/// `with |options| …;` on a database that is reached in another way, or after `set "key" = "value";` with
/// another setting.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($p:ident: Program) $story:block)+) => {$(
        async fn $name($p: $crate::world::program::Program) $story

        mod $name {
            use $crate::world::program::Program;

            $(#[$meta])*
            #[actix_web::test]
            async fn sqlite() {
                super::$name(Program::on_sqlite()).await;
            }

            $(#[$meta])*
            #[actix_web::test]
            async fn postgres() {
                super::$name(Program::on_postgres()).await;
            }
        }
    )+};
    ($(#[$meta:meta])* async fn $($rest:tt)*) => {
        both! { in "demo"; $(#[$meta])* async fn $($rest)* }
    };
    (with $tune:expr; $($(#[$meta:meta])* async fn $name:ident($w:ident: World) $story:block)+) => {$(
        async fn $name($w: $crate::world::World) $story

        $(#[$meta])*
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name($crate::world::World::on_sqlite_with($tune).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name($crate::world::World::on_postgres_with($tune).await).await;
            }
        }
    )+};
    (set $key:literal = $value:literal; $($(#[$meta:meta])* async fn $name:ident($w:ident: World) $story:block)+) => {$(
        async fn $name($w: $crate::world::World) $story

        $(#[$meta])*
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name($crate::world::World::on_sqlite_set(($key, $value)).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name($crate::world::World::on_postgres_set(($key, $value)).await).await;
            }
        }
    )+};
    (in $country:literal; $($(#[$meta:meta])* async fn $name:ident($w:ident: World) $story:block)+) => {$(
        async fn $name($w: $crate::world::World) $story

        $(#[$meta])*
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name($crate::world::World::on_sqlite_in($country).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name($crate::world::World::on_postgres_in($country).await).await;
            }
        }
    )+};
}
