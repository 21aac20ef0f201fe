namespace Blockwire.Simulation.Tests;

/// <summary>
/// The disk, and what was ever on it: each block has a version, and every change is kept with its time. Work takes virtual time, ends in any order, and may not care
/// that it was cancelled.
/// </summary>
internal sealed class SimDisk(Timeline timeline, Trace trace)
{
    public const int BlockBytes = 64, BlockCount = 96;

    private readonly List<(TimeSpan At, ulong Version)>[] _history = [.. Enumerable.Range(0, BlockCount).Select(static _ => new List<(TimeSpan, ulong)> { (TimeSpan.Zero, 0) })];
    private readonly Dictionary<uint, Attempt> _attempts = [];
    private readonly ulong[] _acknowledged = new ulong[BlockCount];
    private uint _nextAttempt = 1;

    public int Writes { get; private set; }

    public Attempt NewAttempt(DiskOperation operation, bool mayRepeat = false)
    {
        Attempt attempt = new(_nextAttempt++, operation, mayRepeat);
        _attempts.Add(attempt.Id, attempt);
        return attempt;
    }

    public Attempt Find(uint attempt) => _attempts[attempt];

    public ulong VersionOf(int block) => _history[block][^1].Version;

    /// <summary>Puts part of a write on the disk.</summary>
    public void Write(Attempt attempt, ReadOnlySpan<byte> data, int from, int to)
    {
        DiskOperation operation = attempt.Operation;
        BrokenRuleException.Unless(!attempt.IsOver, $"the disk writes for {attempt}, which is over for the initiator: {attempt.OverWhy}");
        BrokenRuleException.Unless(data.Length == operation.Bytes, $"{attempt} came to the disk with {data.Length} bytes");
        for (int i = from; i < to; i++)
        {
            int block = operation.FirstBlock + i;
            ulong? version = BlockContent.VersionOf(data.Slice(i * BlockBytes, BlockBytes), block);
            BrokenRuleException.Unless(version == operation.Version, $"{attempt} came to the disk with other data: block {block} has version {version}");
            BrokenRuleException.Unless(
                attempt.LeftBefore is not { } left || _acknowledged[block] <= left, $"an old write does not come behind a later one that was acknowledged: {attempt}, after {_acknowledged[block]}");
            _history[block].Add((timeline.Now, operation.Version));
            attempt.BlocksWritten++;
        }

        if (to > from)
        {
            Writes++;
            trace.Add($"disk    blocks {operation.FirstBlock + from} to {operation.FirstBlock + to - 1} are written for {attempt}");
        }
    }

    /// <summary>The caller has been told that a write is on the disk. Versions are given out in the order in which operations are asked for.</summary>
    public void Acknowledge(DiskOperation write)
    {
        for (int block = write.FirstBlock; block < write.FirstBlock + write.Blocks; block++)
        {
            _acknowledged[block] = Math.Max(_acknowledged[block], write.Version);
        }
    }

    public void Read(Attempt attempt, Span<byte> into)
    {
        DiskOperation operation = attempt.Operation;
        for (int i = 0; i < operation.Blocks; i++)
        {
            BlockContent.Fill(into.Slice(i * BlockBytes, BlockBytes), VersionOf(operation.FirstBlock + i), operation.FirstBlock + i);
        }
    }

    /// <summary>Was this version on the block at any time from <paramref name="since"/> on?</summary>
    public bool Held(int block, ulong version, TimeSpan since)
    {
        List<(TimeSpan At, ulong Version)> history = _history[block];
        for (int i = history.Count - 1; i >= 0; i--)
        {
            if (history[i].Version == version)
            {
                return true;
            }

            if (history[i].At < since)
            {
                return false;
            }
        }

        return false;
    }
}
