//! The program `squad`.

fn main() -> std::process::ExitCode {
    // a .env file beside the working directory, if there is one; what is set already wins
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!("squad: .env cannot be read: {error}");
        return std::process::ExitCode::FAILURE;
    }
    squad::cli::run()
}
