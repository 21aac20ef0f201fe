using Blockwire.Cli.Benching;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Percentiles are right within what the histogram promises.</summary>
public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_at_most_3_percent_too_large()
    {
        LatencyHistogram histogram = new();
        long[] all = [.. Enumerable.Range(1, 100_000).Select(static it => (long)it * 37)];
        Array.ForEach(all, histogram.Add);

        foreach (double percent in new[] { 1, 50, 90, 99, 99.9, 100 })
        {
            long exact = all[(int)Math.Ceiling(all.Length * percent / 100) - 1];
            Assert.InRange(histogram.Percentile(percent), exact, exact * 103 / 100);
        }

        Assert.Equal(all.Average(), histogram.Mean, 3);
    }

    [Fact]
    public void Two_add_up()
    {
        LatencyHistogram one = new();
        LatencyHistogram two = new();
        one.Add(10);
        two.Add(1_000_000_000_000_000);
        one.Add(two);

        Assert.Equal((2, 10, 1_000_000_000_000_000), (one.Count, one.Percentile(50), one.Percentile(100)));
    }

    [Fact]
    public void Nothing_is_0() => Assert.Equal((0, 0.0), (new LatencyHistogram().Percentile(99), new LatencyHistogram().Mean));
}
