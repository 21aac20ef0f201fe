using System.Diagnostics;
using Blockwire.Initiator;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Cli.Benching;

/// <summary>One command after the other; as many slots as commands are to be under way. In steady state it allocates nothing.</summary>
internal sealed class BenchSlot
{
    private readonly BenchPlan _plan;
    private readonly LogicalUnit _unit;
    private readonly IScsiExecutor _executor;
    private readonly Memory<byte> _data;
    private ulong _random;
    private ulong _next;
    private readonly ulong _stride;

    /// <param name="plan">What all share.</param>
    /// <param name="unit">The unit, by its session.</param>
    /// <param name="number">Which of all slots it is.</param>
    /// <param name="slots">Slots in all.</param>
    public BenchSlot(BenchPlan plan, LogicalUnit unit, int number, int slots)
    {
        (_plan, _unit, _executor) = (plan, unit, unit.Executor);
        byte[] data = GC.AllocateUninitializedArray<byte>(plan.Arguments.Block, pinned: true);
        new Random(number).NextBytes(data);
        _data = data;
        _random = (0x9E37_79B9_7F4A_7C15 * (ulong)(number + 1)) | 1;
        (_next, _stride) = ((ulong)number, (ulong)slots);
    }

    /// <summary>Latencies of the commands that counted.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Commands that the target did not simply answer with GOOD, and that were sent again.</summary>
    public long Repeated { get; private set; }

    /// <summary>Runs until the plan is over.</summary>
    /// <exception cref="IOException">A command failed for good.</exception>
    public async Task RunAsync()
    {
        while (!_plan.IsOver)
        {
            ulong lba = NextPlace() * _plan.Blocks;
            bool reads = _plan.Arguments.ReadPercent is var percent && (percent == 100 || (percent > 0 && (int)(Draw() % 100) < percent));
            long begun = Stopwatch.GetTimestamp();
            ScsiResult result = await _executor.ExecuteAsync(Request(lba, reads), CancellationToken.None).ConfigureAwait(false);
            if (!result.IsGood)
            {
                Repeated++;
                await RepeatAsync(lba, reads).ConfigureAwait(false);
            }

            if (begun >= _plan.From && !_plan.IsOver)
            {
                Latencies.Add(Stopwatch.GetElapsedTime(begun).Ticks * TimeSpan.NanosecondsPerTick);
            }
        }
    }

    private ScsiRequest Request(ulong lba, bool reads)
    {
        bool ten = BlockCdb.Fits(reads ? OperationCode.Read10 : OperationCode.Write10, lba, _plan.Blocks);
        return reads
            ? new ScsiRequest(Cdb16.From(BlockCdbs.Read(ten ? OperationCode.Read10 : OperationCode.Read16, lba, _plan.Blocks).AsSpan)) { Repeat = Repeat.Allowed, DataIn = _data }
            : new ScsiRequest(Cdb16.From(BlockCdbs.Write(ten ? OperationCode.Write10 : OperationCode.Write16, lba, _plan.Blocks).AsSpan)) { Repeat = Repeat.Allowed, DataOut = _data };
    }

    // With pauses while the target is busy, and an exception with the reason in the end.
    private async ValueTask RepeatAsync(ulong lba, bool reads)
    {
        if (reads)
        {
            await _unit.ReadAsync(lba, _data).ConfigureAwait(false);
        }
        else
        {
            await _unit.WriteAsync(lba, _data).ConfigureAwait(false);
        }
    }

    private ulong NextPlace()
    {
        if (!_plan.Arguments.Sequential)
        {
            return Draw() % _plan.Places;
        }

        ulong place = _next % _plan.Places;
        _next += _stride;
        return place;
    }

    // xorshift64 (Marsaglia 2003): quick, and random enough for places on a disk.
    private ulong Draw()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return _random >> 11;
    }
}
