using System.Runtime.InteropServices;

namespace Blockwire.Scsi.Device.Logs;

/// <summary>What a logical unit counts.</summary>
internal enum UnitCounter
{
    /// <summary>Commands that read blocks.</summary>
    Reads,

    /// <summary>Commands that write blocks.</summary>
    Writes,

    /// <summary>Blocks sent to initiators.</summary>
    BlocksRead,

    /// <summary>Blocks received from initiators, to be written.</summary>
    BlocksWritten,

    /// <summary>Blocks that VERIFY commands looked at.</summary>
    BlocksVerified,

    /// <summary>Time between start and end of reading commands, in milliseconds.</summary>
    ReadTime,

    /// <summary>Time between start and end of writing commands, in milliseconds.</summary>
    WriteTime,

    /// <summary>Reads that the medium failed.</summary>
    ReadErrors,

    /// <summary>Writes and flushes that the medium failed.</summary>
    WriteErrors,

    /// <summary>VERIFY commands that the medium failed.</summary>
    VerifyErrors,

    /// <summary>Commands that ended with HARDWARE ERROR.</summary>
    OtherErrors,
}

/// <summary>
/// Counts what the commands of a logical unit do. No lock and no allocation: each processor counts in memory of its own, so that sessions do not pull at one
/// cache line, and a report adds it all up.
/// </summary>
internal sealed class UnitCounters
{
    private const int Counters = 11;
    private const int Most = 64;

    private readonly Stripe[] _stripes = new Stripe[Math.Clamp(Environment.ProcessorCount, 1, Most)];
    private readonly long[] _origins = new long[Counters];

    /// <summary>Adds to a counter.</summary>
    public void Add(UnitCounter counter, long by) =>
        Interlocked.Add(ref _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length].Values[(int)counter], by);

    /// <summary>Adds one command with its blocks and its time.</summary>
    public void Add(UnitCounter commands, UnitCounter blocks, long blockCount, UnitCounter time, long milliseconds)
    {
        ref Stripe stripe = ref _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];
        Interlocked.Increment(ref stripe.Values[(int)commands]);
        Interlocked.Add(ref stripe.Values[(int)blocks], blockCount);
        if (milliseconds > 0)
        {
            Interlocked.Add(ref stripe.Values[(int)time], milliseconds);
        }
    }

    /// <summary>What a counter has reached since it was last reset.</summary>
    public ulong this[UnitCounter counter] => (ulong)(Total((int)counter) - Volatile.Read(ref _origins[(int)counter]));

    /// <summary>Counts from 0 again.</summary>
    public void Reset(params ReadOnlySpan<UnitCounter> counters)
    {
        foreach (UnitCounter counter in counters)
        {
            Volatile.Write(ref _origins[(int)counter], Total((int)counter));
        }
    }

    private long Total(int counter)
    {
        long total = 0;
        for (int i = 0; i < _stripes.Length; i++)
        {
            total += Volatile.Read(ref _stripes[i].Values[counter]);
        }

        return total;
    }

    [System.Runtime.CompilerServices.InlineArray(Counters)]
    private struct Values
    {
        private long _first;
    }

    // Two cache lines and more, so that neighbours in the array share none.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Stripe
    {
        public Values Values;
    }
}
