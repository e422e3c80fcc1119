//! Processor time and memory of processes, from `/proc`.

use std::{collections::BTreeMap, fs};

/// Clock ticks of `/proc/<pid>/stat`; 100 a second on every Linux.
const TICK: f64 = 0.01;

#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    pub cpu_s: f64,
    /// Proportional share where the kernel tells it, so that shared memory counts once; else the resident set.
    pub memory_kb: u64,
    /// The most its first process has had since the watch began, resident.
    pub peak_kb: u64,
}

/// The processes of a run by their part in it; a part may be a whole tree.
pub struct Watch(Vec<(&'static str, Vec<u32>)>);

struct Stat {
    pid: u32,
    parent: u32,
    name: String,
    own_ticks: u64,
    /// Of children that have ended.
    ended_ticks: u64,
}

impl Watch {
    pub fn new(squad: Option<u32>, fake: u32, postmasters: &[u32]) -> Self {
        let mut postmasters = postmasters.to_vec();
        if postmasters.is_empty() {
            let children = all()
                .into_values()
                .filter(|stat| squad.is_some_and(|squad| stat.parent == squad));
            postmasters = children
                .filter(|stat| stat.name.starts_with("postgres"))
                .map(|stat| stat.pid)
                .collect();
        }
        if let Some(pid) = squad {
            // 5 lets the kernel count the peak anew; where it may not, the peak is that of the process's whole life
            let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        }
        Self(vec![
            ("squad", squad.into_iter().collect()),
            ("postgres", postmasters),
            ("fake provider", vec![fake]),
            ("load generator", vec![std::process::id()]),
        ])
    }

    pub fn read(&self) -> Vec<(&'static str, Option<Used>)> {
        let all = all();
        let part = |(name, pids): &(&'static str, Vec<u32>)| {
            let known: Vec<_> = pids.iter().filter_map(|pid| all.get(pid)).collect();
            let used = known.iter().map(|stat| {
                if *name == "postgres" {
                    tree(stat, &all)
                } else {
                    alone(stat)
                }
            });
            let sum = used.fold(Used::default(), |sum, used| Used {
                cpu_s: sum.cpu_s + used.cpu_s,
                memory_kb: sum.memory_kb + used.memory_kb,
                peak_kb: sum.peak_kb.max(used.peak_kb),
            });
            (*name, (!known.is_empty()).then_some(sum))
        };
        self.0.iter().map(part).collect()
    }
}

fn alone(stat: &Stat) -> Used {
    Used {
        cpu_s: stat.own_ticks as f64 * TICK,
        memory_kb: memory_kb(stat.pid),
        peak_kb: field(stat.pid, "status", "VmHWM:").unwrap_or(0),
    }
}

/// With children, living and ended.
fn tree(root: &Stat, all: &BTreeMap<u32, Stat>) -> Used {
    let mut sum = alone(root);
    sum.cpu_s += root.ended_ticks as f64 * TICK;
    for child in all.values().filter(|stat| stat.parent == root.pid) {
        let used = tree(child, all);
        sum.cpu_s += used.cpu_s;
        sum.memory_kb += used.memory_kb;
    }
    sum
}

fn all() -> BTreeMap<u32, Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(stat).map(|stat| (stat.pid, stat)).collect()
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (head, rest) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<_> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        pid,
        parent: u32::try_from(number(1)?).ok()?,
        name,
        own_ticks: number(11)? + number(12)?,
        ended_ticks: number(13)? + number(14)?,
    })
}

fn memory_kb(pid: u32) -> u64 {
    field(pid, "smaps_rollup", "Pss:")
        .or_else(|| field(pid, "status", "VmRSS:"))
        .unwrap_or(0)
}

fn field(pid: u32, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?.to_owned();
    line.split_whitespace().nth(1)?.parse().ok()
}
