namespace Blockwire.Cli.Copying;

/// <summary>What a copy has done; counted by several at once.</summary>
internal sealed class CopyTally
{
    private long _written;
    private long _zeroed;
    private long _skipped;
    private long _compared;

    /// <summary>Bytes read and written.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Bytes that were made zero at the target.</summary>
    public long Zeroed => Volatile.Read(ref _zeroed);

    /// <summary>Bytes of holes that needed nothing.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Bytes that were compared.</summary>
    public long Compared => Volatile.Read(ref _compared);

    public void AddWritten(long bytes) => Interlocked.Add(ref _written, bytes);

    public void AddZeroed(long bytes) => Interlocked.Add(ref _zeroed, bytes);

    public void AddSkipped(long bytes) => Interlocked.Add(ref _skipped, bytes);

    public void AddCompared(long bytes) => Interlocked.Add(ref _compared, bytes);
}
