//! Dumb parts: values and signals in, callbacks out; nothing here fetches or knows a conversation.
//!
//! To add a part, add a file here, its look to `style/kit.css`, and take its words as values.

mod button;
mod change;
mod dialog;
mod field;
mod icon;
mod overlay;
mod plectrum;
mod small;
mod string;
mod toast;

pub use button::*;
pub use change::*;
pub use dialog::*;
pub use field::*;
pub use icon::*;
pub use overlay::*;
pub use plectrum::*;
pub use small::*;
pub use string::*;
pub use toast::*;
