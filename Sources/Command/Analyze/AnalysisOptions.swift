import ArgumentParser
import Journal

/// What `analyze` does with a movie and what it writes.
struct AnalysisOptions: ParsableArguments {
    @Flag(help: "Causal analysis, as live: memory does not grow with the movie.")
    var streaming = false

    @Flag(help: "Skip movies whose results are there already, made of the same file with the same settings.")
    var resume = false

    @Flag(help: "Replace results of `measure` and results that were reviewed.")
    var overwrite = false

    @Flag(inversion: .prefixedNo, help: "Write class and instance masks.")
    var masks = true

    @Flag(help: "Write the network's probabilities as NAME_sparks.tif, NAME_waves.tif and NAME_puffs.tif.")
    var writeProbabilities = false

    @Flag(help: "Write NAME_report.html, a page to look at the events, their courses and distributions.")
    var report = false

    @Option(help: "Columns of NAME_events.csv: sparkwatch, or sparkmaster2 for the names that SparkMaster 2 uses.")
    var csvStyle = EventTableStyle.sparkwatch

    @Option(help: "Folder of such probability maps, made elsewhere, to start from instead of the network.")
    var probabilities: String?

    func validate() throws {
        guard probabilities == nil || !streaming else {
            throw ValidationError("--probabilities needs the whole movie; leave out --streaming.")
        }
        guard probabilities == nil || !writeProbabilities else {
            throw ValidationError("--write-probabilities would write those that --probabilities read; leave one out.")
        }
    }
}
