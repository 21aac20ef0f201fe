using System.Numerics;

namespace Blockwire.Cli.Benching;

/// <summary>
/// How often each latency came, in nanoseconds. A power of two is cut into 32, so that what a percentile says is at most 3 percent too large. Adding allocates nothing.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int PartBits = 5;
    private const int Parts = 1 << PartBits;

    // Up to 2^42 ns, more than an hour.
    private readonly long[] _counts = new long[(42 - PartBits + 1) * Parts];

    /// <summary>Latencies that were added.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>The largest.</summary>
    public long Largest { get; private set; }

    /// <summary>Their mean; 0 without any.</summary>
    public double Mean => Count == 0 ? 0 : Sum / Count;

    public void Add(long nanoseconds)
    {
        _counts[Math.Min(IndexOf(nanoseconds), _counts.Length - 1)]++;
        Count++;
        Sum += nanoseconds;
        Largest = Math.Max(Largest, nanoseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (int at = 0; at < _counts.Length; at++)
        {
            _counts[at] += other._counts[at];
        }

        Count += other.Count;
        Sum += other.Sum;
        Largest = Math.Max(Largest, other.Largest);
    }

    /// <summary>What so many of a hundred stay within; 0 without any.</summary>
    public long Percentile(double percent)
    {
        long rank = (long)Math.Ceiling(Count * percent / 100);
        long seen = 0;
        for (int at = 0; at < _counts.Length && Count > 0; at++)
        {
            seen += _counts[at];
            if (seen >= rank)
            {
                return at == _counts.Length - 1 ? Largest : Math.Min(Largest, UpperEnd(at));
            }
        }

        return Largest;
    }

    private static int IndexOf(long value)
    {
        if (value < Parts)
        {
            return (int)Math.Max(0, value);
        }

        int power = BitOperations.Log2((ulong)value) - PartBits;
        return ((power + 1) << PartBits) + (int)((value >> power) & (Parts - 1));
    }

    private static long UpperEnd(int index)
    {
        int power = (index >> PartBits) - 1;
        long part = index & (Parts - 1);
        return power < 0 ? part : ((Parts + part + 1) << power) - 1;
    }
}
