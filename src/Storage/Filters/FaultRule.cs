namespace Blockwire.Storage;

/// <summary>Which calls a fault filter strikes: of some kinds, that touch some blocks, and of these every nth.</summary>
/// <param name="operations">The kinds of call. A flush touches every block.</param>
/// <param name="lba">First of the blocks.</param>
/// <param name="blockCount">How many there are; to the end of the disk when left out.</param>
/// <param name="every">Of the calls that match, the nth, the 2nth and so on are struck; at least 1.</param>
public sealed class FaultRule(DeviceOperation operations, ulong lba = 0, ulong blockCount = ulong.MaxValue, long every = 1)
{
    private readonly long _every = every >= 1 ? every : throw new ArgumentOutOfRangeException(nameof(every), every, "at least 1");
    private readonly ulong _end = ulong.MaxValue - lba < blockCount ? ulong.MaxValue : lba + blockCount;
    private long _matches;

    /// <summary>First block of the rule.</summary>
    public ulong Lba { get; } = lba;

    /// <summary>Whether the rule is about such a call, struck or not.</summary>
    public bool Covers(DeviceOperation operation, ulong firstLba, ulong count) =>
        (operations & operation) != DeviceOperation.None && firstLba < _end && Lba < firstLba + count;

    /// <summary>Counts a call that matches, and says whether it is the nth.</summary>
    public bool Strikes(DeviceOperation operation, ulong firstLba, ulong count) =>
        Covers(operation, firstLba, count) && Interlocked.Increment(ref _matches) % _every == 0;
}
