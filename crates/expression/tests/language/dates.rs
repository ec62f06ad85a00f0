use crate::support::check;

#[test]
fn file_times_become_dates_and_back() {
    check(&[
        ("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
        (r#"FormatDateTime(DateFromNum([pwdLastSet]), , "yyyyMMddHHmmss.0Z")"#, "20120101230000.0Z"),
        ("DateFromNum(0)", "1/1/1601 12:00:00 AM"),
        ("DateFromNum([accountExpires])", "null"),
        ("DateFromNum([absent])", "null"),
        ("DateFromNum(-1)", "error DateFromNum: a file time is not negative"),
        ("NumFromDate(DateFromNum(129699324001234567))", "int 129699324001234567"),
        (r#"NumFromDate("2012-01-01T23:00:00Z")"#, "int 129699324000000000"),
        (
            r#"NumFromDate(Join("", FormatDateTime("2020-12-31-08:00", ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))"#,
            "int 132539615990000000",
        ),
        (r#"NumFromDate("1500-01-01")"#, "error NumFromDate: file times begin in 1601"),
    ]);
}

#[test]
fn dates_are_read_in_the_usual_spellings_and_shown_in_utc() {
    check(&[
        (r#"CDate("2020-03-16-07:00")"#, "3/16/2020 7:00:00 AM"),
        (r#"CDate("2021-06-30+08:00")"#, "6/29/2021 4:00:00 PM"),
        (r#"CDate("2009-06-15T01:45:30-07:00")"#, "6/15/2009 8:45:30 AM"),
        (r#"CDate("2009-06-15T01:45:30.1234567Z")"#, "6/15/2009 1:45:30 AM"),
        (r#"CDate("8/25/2021 5:41:18 PM")"#, "8/25/2021 5:41:18 PM"),
        (r#"CDate("12/1/2021 12:00:00 AM")"#, "12/1/2021 12:00:00 AM"),
        (r#"CDate("20150123105347.0Z")"#, "1/23/2015 10:53:47 AM"),
        (r#"CDate("Mon, 15 Jun 2009 20:45:30 GMT")"#, "6/15/2009 8:45:30 PM"),
        (r#"CDate("2021-02-29")"#, "error CDate: `2021-02-29` is not a date that can be read"),
        (r#"CDate("tomorrow!")"#, "error CDate: `tomorrow!` is not a date that can be read"),
        ("CDate([absent])", "null"),
        ("Now()", "8/25/2021 5:41:18 PM"),
    ]);
}

#[test]
fn dates_are_written_in_custom_formats() {
    for (format, expected) in [
        ("yyyy-MM-dd", "2009-06-05"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2009-06-05T13:45:30Z"),
        ("d/M/yy", "5/6/09"),
        ("dddd, dd MMMM yyyy", "Friday, 05 June 2009"),
        ("ddd d MMM", "Fri 5 Jun"),
        ("h:mm tt", "1:45 PM"),
        ("hh t", "01 P"),
        ("%h", "1"),
        ("ss.fff", "30.123"),
        ("ss.FFFFFFF", "30.1234567"),
        ("HH'h'mm \\\"", "13h45 \""),
        ("K", "Z"),
        ("zzz", "+00:00"),
        ("o", "2009-06-05T13:45:30.1234567Z"),
        ("s", "2009-06-05T13:45:30"),
        ("u", "2009-06-05 13:45:30Z"),
        ("R", "Fri, 05 Jun 2009 13:45:30 GMT"),
        ("yyyyy", "02009"),
    ] {
        let format = format.replace('\\', "\\\\").replace('"', "\\\"");
        check(&[(&format!(r#"FormatDateTime("2009-06-05T13:45:30.1234567Z", , "{format}")"#), expected)]);
    }
    check(&[(r#"FormatDateTime("2009-06-15 13:45:30", , "ss.FFF")"#, "30")]);
}

#[test]
fn dates_are_read_in_custom_formats_with_either_number_of_arguments() {
    check(&[
        (r#"FormatDateTime([date], "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#, "2015-01-23"),
        (r#"FormatDateTime([date], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#, "2015-01-23"),
        (r#"FormatDateTime([date], "AdjustToUniversal", "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#, "2015-01-23"),
        (r#"FormatDateTime("31.12.99", "dd.MM.yy", "yyyy-MM-dd")"#, "1999-12-31"),
        (r#"FormatDateTime("1.2.2049", "d.M.yyyy", "yyyy-MM-dd")"#, "2049-02-01"),
        (r#"FormatDateTime(" 5 MAY 2020 ", "d MMM yyyy", "M/d/yyyy")"#, "5/5/2020"),
        (
            r#"FormatDateTime("12/31/2020 11:59:59 pm", ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd HH:mm")"#,
            "2020-12-31 23:59",
        ),
        (
            r#"FormatDateTime("2020-12-31T23:30-01:00", "yyyy-MM-ddTHH:mmzzz", "o")"#,
            "2021-01-01T00:30:00.0000000Z",
        ),
        (r#"FormatDateTime("23", "HH", "HH:mm")"#, "23:00"),
        (r#"FormatDateTime([absent], "yyyy", "MM")"#, "null"),
        (r#"FormatDateTime("13:00 PM", "hh:mm tt", "HH")"#, "error FormatDateTime: `13:00 PM` is not a date"),
        (
            r#"FormatDateTime("2020-1-1", "yyyy-MM-dd", "yyyy")"#,
            "error FormatDateTime: `2020-1-1` is not a date of the form `yyyy-MM-dd`",
        ),
        (
            r#"FormatDateTime([date], "yyyy 'x", "yyyy")"#,
            "refused character 24: FormatDateTime: a quote in the format has no end",
        ),
        (
            r#"FormatDateTime([date], "yyyy", )"#,
            "refused character 32: FormatDateTime: the output format is missing (\"yyyy-MM-dd\")",
        ),
    ]);
}

#[test]
fn dates_move_by_intervals() {
    for (interval, count, expected) in [
        ("d", 7, "3/23/2012 7:00:00 AM"),
        ("d", -10, "3/6/2012 7:00:00 AM"),
        ("ww", 2, "3/30/2012 7:00:00 AM"),
        ("m", 10, "1/16/2013 7:00:00 AM"),
        ("yyyy", 2, "3/16/2014 7:00:00 AM"),
        ("h", 20, "3/17/2012 3:00:00 AM"),
        ("n", -1, "3/16/2012 6:59:00 AM"),
        ("s", 61, "3/16/2012 7:01:01 AM"),
    ] {
        check(&[(&format!(r#"DateAdd("{interval}", {count}, CDate("2012-03-16-07:00"))"#), expected)]);
    }
    check(&[
        (r#"DateAdd("m", 1, "2020-01-31")"#, "2/29/2020 12:00:00 AM"),
        (
            r#"DateAdd("yyyy", 9223372036854775807, "2020-01-31")"#,
            "error DateAdd: the result is outside the years 1 to 9999",
        ),
        (
            r#"DateAdd("ww", -9223372036854775807, "2020-01-31")"#,
            "error DateAdd: the result is outside the years 1 to 9999",
        ),
        (r#"DateAdd("d", 1, [absent])"#, "null"),
        (
            r#"DateAdd("day", 1, Now())"#,
            "refused character 9: DateAdd: `day` is not known here (one of yyyy, m, d, ww, h, n, s)",
        ),
    ]);
}

#[test]
fn dates_differ_by_intervals() {
    for (interval, from, to, expected) in [
        ("d", "2021-08-18+08:00", "2021-08-31+08:00", 13),
        ("d", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -3449),
        ("ww", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -493),
        ("m", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -113),
        ("yyyy", "8/25/2021 5:41:18 PM", "2012-03-16-07:00", -9),
        ("d", "2021-08-31+08:00", "2021-08-31+08:00", 0),
        ("h", "2021-08-24", "2021-08-25", 24),
        ("n", "2021-08-24", "2021-08-25", 1440),
        ("s", "2021-08-24", "2021-08-25", 86400),
    ] {
        check(&[(
            &format!(r#"DateDiff("{interval}", "{from}", CDate("{to}"))"#),
            &format!("int {expected}"),
        )]);
    }
    check(&[
        (r#"IIF(DateDiff("d", Now(), CDate("2021-08-28")) > 5, "False", "True")"#, "True"),
        (r#"DateDiff("d", Now(), [absent])"#, "null"),
    ]);
}
