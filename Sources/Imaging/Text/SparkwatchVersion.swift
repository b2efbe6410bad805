/// The version of Sparkwatch.
package enum SparkwatchVersion {
    package static let current = "0.1.0"
}
