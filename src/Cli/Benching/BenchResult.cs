using System.Globalization;
using System.Text.Json.Nodes;
using Blockwire.Cli.Clients;

namespace Blockwire.Cli.Benching;

/// <summary>What a bench has measured.</summary>
/// <param name="Latencies">Of every command.</param>
/// <param name="Took">How long it was measured.</param>
/// <param name="Processor">Processor time of this program meanwhile.</param>
/// <param name="Allocated">Bytes that this program allocated meanwhile.</param>
/// <param name="Repeated">Commands that were sent again.</param>
/// <param name="OfSessions">How many of the commands each session had.</param>
internal sealed record BenchResult(LatencyHistogram Latencies, TimeSpan Took, TimeSpan Processor, long Allocated, long Repeated, IReadOnlyList<long> OfSessions)
{
    private double LeastIops => OfSessions.Min() / Took.TotalSeconds;

    private double MostIops => OfSessions.Max() / Took.TotalSeconds;

    private double Iops => Latencies.Count / Took.TotalSeconds;

    private double PerCommand => Math.Max(1, Latencies.Count);

    public string ToText(BenchArguments arguments, int connections)
    {
        string kind = arguments.ReadPercent switch { 100 => "reads", 0 => "writes", var percent => $"{percent}% reads" };
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {arguments.Url}
              load        {(arguments.Sequential ? "sequential" : "random")} {kind}, {Sizes.Text(arguments.Block)}, depth {arguments.Depth}, sessions {arguments.Sessions}, connections {connections}, {Took.TotalSeconds:0.0} s
              IOPS        {Iops:0}
              throughput  {Iops * arguments.Block / (1 << 20):0.0} MiB/s
              latency us  mean {Latencies.Mean / 1000:0.0}, p50 {Us(50):0.0}, p99 {Us(99):0.0}, p99.9 {Us(99.9):0.0}, p99.99 {Us(99.99):0.0}, max {Latencies.Largest / 1000.0:0.0}
              processor   {Processor.TotalMicroseconds / PerCommand:0.00} us a command, {Allocated / PerCommand:0.0} bytes allocated

            """);
        if (OfSessions.Count > 1)
        {
            text += string.Create(CultureInfo.InvariantCulture, $"  sessions    from {LeastIops:0} to {MostIops:0} IOPS each\n");
        }

        return Repeated == 0 ? text : text + string.Create(CultureInfo.InvariantCulture, $"  repeated    {Repeated} commands, because the target was busy or had something to report\n");
    }

    public JsonObject ToJson(BenchArguments arguments, int connections) => new()
    {
        ["url"] = arguments.Url.ToString(),
        ["block"] = arguments.Block,
        ["depth"] = arguments.Depth,
        ["readPercent"] = arguments.ReadPercent,
        ["sequential"] = arguments.Sequential,
        ["sessions"] = arguments.Sessions,
        ["connections"] = connections,
        ["seconds"] = Math.Round(Took.TotalSeconds, 3),
        ["commands"] = Latencies.Count,
        ["iops"] = Math.Round(Iops, 1),
        ["mibPerSecond"] = Math.Round(Iops * arguments.Block / (1 << 20), 2),
        ["meanUs"] = Math.Round(Latencies.Mean / 1000, 2),
        ["p50Us"] = Us(50),
        ["p99Us"] = Us(99),
        ["p999Us"] = Us(99.9),
        ["p9999Us"] = Us(99.99),
        ["maxUs"] = Latencies.Largest / 1000.0,
        ["processorUsPerCommand"] = Math.Round(Processor.TotalMicroseconds / PerCommand, 3),
        ["allocatedBytesPerCommand"] = Math.Round(Allocated / PerCommand, 2),
        ["repeated"] = Repeated,
        ["sessionIops"] = new JsonArray([.. OfSessions.Select(commands => (JsonNode)Math.Round(commands / Took.TotalSeconds, 1))]),
    };

    private double Us(double percent) => Latencies.Percentile(percent) / 1000.0;
}
