/// Keeps repeated log lines few: the first, the tenth, the hundredth and so on.
enum LogThinning {
    /// True if the line is to be logged when it comes up for the `count`-th time.
    static func passes(_ count: Int) -> Bool {
        var power = 1
        while power < count { power *= 10 }
        return power == count
    }
}
