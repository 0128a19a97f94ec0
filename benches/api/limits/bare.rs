//! A handler that reads one row of a case through the program's own pool, and does nothing else: nobody is
//! asked who they are, nothing is decided, opened or recorded.

use std::{env, net::SocketAddr, time::Instant};

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use refero::{
    cli::assemble,
    config::{Config, Sources},
};
use refero_store::{Db, Entropy, testing};
use reqwest::Method;

use crate::{
    Outcome,
    client::Connection,
    house::House,
    measured::{Came, Measured},
    operations::{Operation, warm_up},
    prepare::Prepared,
    together::together,
};

/// Serves until it is ended: a process of its own, with the settings of the server in its environment.
pub(crate) fn serve(address: SocketAddr) -> Outcome<()> {
    let config = Config::load(Sources::new().with_environment(env::vars()))?;
    let options = assemble::options(&config, config.database_url()?);
    let db = Db::open(options, assemble::vault(&config)?, Entropy::system())?;
    let app = move || {
        App::new()
            .app_data(web::Data::new(db.clone()))
            .route("/readyz", web::get().to(HttpResponse::Ok))
            .route("/cases/{id}", web::get().to(case))
    };
    let server = HttpServer::new(app).bind(address)?;
    Ok(rt::System::new().block_on(server.run())?)
}

async fn case(db: web::Data<Db>, id: web::Path<String>) -> HttpResponse {
    let read = web::block(move || testing::bare_case(&db, &id)).await;
    match read {
        Ok(Ok(Some(columns))) => HttpResponse::Ok().json(columns),
        Ok(Ok(None)) => HttpResponse::NotFound().finish(),
        Ok(Err(_)) | Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// Has it asked by as many clients as the server.
pub(super) fn measure(
    house: &House,
    numbers: &[u32],
    (prepared, requests): (&Prepared, usize),
) -> Outcome<Vec<Measured>> {
    let server = house.serve_bare()?;
    let pass = prepared.pass(0, requests);
    // As fast as this it would be over before it is measured.
    let requests = requests * 5;
    let mut measured = Vec::new();
    for count in numbers {
        let mut connections: Vec<Connection> =
            (0..*count).map(|_| Connection::to(house)).collect::<Outcome<_>>()?;
        let ask = |connection: &mut Connection, turn: usize| {
            let path = format!("/cases/{}", pass.case(turn)?);
            let request = connection.request(Method::GET, &path);
            Ok(Came::from(connection, request, 200))
        };
        together(&mut connections, 0..warm_up(requests), ask)?;
        let begun = Instant::now();
        let answers = together(&mut connections, 0..requests, ask)?;
        let asked = (Operation::Get, connections.len());
        measured.push(Measured::of(asked, begun.elapsed(), answers));
    }
    drop(server);
    Ok(measured)
}
