using Blockwire.Storage;

namespace Blockwire.Target.Tests;

/// <summary>File calls of a disk whose data is never in the page cache and whose reads take until a test lets them go.</summary>
internal sealed class HeldReads(IFileCalls inner) : IFileCalls
{
    private readonly ManualResetEventSlim _medium = new();
    private int _inside;

    /// <summary>Reads that wait for the medium.</summary>
    public int Inside => Volatile.Read(ref _inside);

    public FileFacts Facts => inner.Facts with { NeverBlocks = false };

    /// <summary>Lets all reads go on, and those to come.</summary>
    public void LetGo() => _medium.Set();

    public int TryReadNow(long offset, Span<byte> into) => 0;

    public int TryWriteNow(long offset, ReadOnlySpan<byte> from) => 0;

    public IoStatus Read(long offset, Span<byte> into)
    {
        Interlocked.Increment(ref _inside);
        _medium.Wait();
        Interlocked.Decrement(ref _inside);
        return inner.Read(offset, into);
    }

    public IoStatus Write(long offset, ReadOnlySpan<byte> from) => inner.Write(offset, from);

    public IoStatus Sync() => inner.Sync();

    public IoStatus PunchHole(long offset, long lengthBytes) => inner.PunchHole(offset, lengthBytes);

    public IoStatus ZeroRange(long offset, long lengthBytes) => inner.ZeroRange(offset, lengthBytes);

    public bool TryReadAhead(long offset, long lengthBytes) => inner.TryReadAhead(offset, lengthBytes);

    public IoStatus FindExtent(long offset, out bool isData, out long end) => inner.FindExtent(offset, out isData, out end);

    public void Dispose()
    {
        inner.Dispose();
        _medium.Dispose();
    }
}
