//! Did you mean ...?

/// The candidate nearest to what was written, if one is near enough to be what was meant (a third of its letters may differ).
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > 200 {
        return None;
    }
    let length = written.chars().count();
    let allowed = |candidate: &str| (length.max(candidate.chars().count()) / 3).max(1);
    // Words of very different lengths are far apart, whatever their letters.
    let near = candidates.into_iter().filter(|other| length.abs_diff(other.chars().count()) <= allowed(other));
    let distances = near.map(|candidate| (distance(written, candidate), candidate));
    let (best, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (best <= allowed(candidate) && candidate != written).then_some(candidate)
}

/// Edit distance with transpositions (optimal string alignment), ignoring case and `-` against `_`.
fn distance(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> Vec<char> { text.to_lowercase().replace('_', "-").chars().collect() };
    let (left, right) = (fold(left), fold(right));
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let substitution = rows[i][j] + usize::from(a != b);
            let mut best = substitution.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let keys = ["replicas", "image", "ports"];
        let cases =
            [("replcias", Some("replicas")), ("Image", Some("image")), ("prots", Some("ports")), ("volumes", None)];
        for (written, expected) in cases {
            assert_eq!(did_you_mean(written, keys), expected, "{written}");
        }
    }
}
