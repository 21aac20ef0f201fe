using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>Why a token is good for nothing; the qualifiers of INVALID TOKEN OPERATION.</summary>
internal enum TokenEnd : byte
{
    /// <summary>It is valid.</summary>
    None = 0,

    /// <summary>Its data was changed, or is about to be.</summary>
    Revoked = 0x06,

    /// <summary>It was not used for as long as it may be.</summary>
    Expired = 0x07,

    /// <summary>WRITE USING TOKEN had it deleted.</summary>
    Deleted = 0x09,
}

/// <summary>
/// A ROD token of the type "point in time copy - change vulnerable": it stands for blocks as they were when it was made, and loses its validity as soon as one of them is about to
/// be changed (SPC-4 §5.17.6.4). So nothing is copied for its sake.
/// </summary>
internal sealed class RodToken(LogicalUnit source, IReadOnlyList<BlockRun> runs, byte[] bytes, TimeSpan patience)
{
    /// <summary>Length of every token, in bytes.</summary>
    public const int Length = 512;

    /// <summary>The part that REPORT ALL ROD TOKENS shows, in bytes.</summary>
    public const int ManagementLength = 96;

    /// <summary>ROD type: point in time copy - change vulnerable.</summary>
    public const uint ChangeVulnerable = 0x0080_0001;

    /// <summary>ROD type of a request: any point in time copy.</summary>
    public const uint AnyPointInTime = 0x0080_FFFF;

    /// <summary>ROD type: block device zero (SBC-3 §4.30): stands for zeros, is known without having been made, and never ends.</summary>
    public const uint BlockZero = 0xFFFF_0001;

    /// <summary>Bytes behind the ROD TOKEN LENGTH field.</summary>
    public const ushort RestLength = Length - 8;

    private volatile TokenEnd _end;
    private int _uses;
    private long _lastUse;

    /// <summary>Whose blocks.</summary>
    public LogicalUnit Source { get; } = source;

    /// <summary>The blocks, in order.</summary>
    public IReadOnlyList<BlockRun> Runs { get; } = runs;

    /// <summary>The token.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>How long it may lie unused.</summary>
    public TimeSpan Patience { get; } = patience;

    /// <summary>COPY MANAGER ROD TOKEN IDENTIFIER.</summary>
    public ulong Identifier => BinaryPrimitives.ReadUInt64BigEndian(Bytes.AsSpan(8));

    /// <summary>Bytes that it stands for.</summary>
    public ulong LengthBytes => Runs.Aggregate(0UL, static (sum, run) => sum + run.BlockCount) * Source.Traits.BlockBytes;

    /// <summary>Why it is not valid any more.</summary>
    public TokenEnd End => _end;

    /// <summary>The sense data of whoever uses it; null while it is valid.</summary>
    public SenseData? Refusal => _end == TokenEnd.None ? null : Sense.InvalidToken((byte)_end);

    /// <summary>Does any of its blocks lie in a range?</summary>
    public bool Touches(ulong lba, ulong blockCount)
    {
        foreach (BlockRun run in Runs)
        {
            if (run.Lba < lba + blockCount && lba < run.Lba + run.BlockCount)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Makes it good for nothing; the first reason stays.</summary>
    public void Finish(TokenEnd end)
    {
        if (_end == TokenEnd.None)
        {
            _end = end;
        }
    }

    /// <summary>Was it left alone for too long?</summary>
    public bool IsStale(TimeProvider time) =>
        Volatile.Read(ref _uses) == 0 && time.GetElapsedTime(Volatile.Read(ref _lastUse)) >= Patience;

    /// <summary>It is used now.</summary>
    public void Touch(TimeProvider time) => Volatile.Write(ref _lastUse, time.GetTimestamp());

    /// <summary>Does not age until what is returned is disposed.</summary>
    public IDisposable Use(TimeProvider time)
    {
        Interlocked.Increment(ref _uses);
        return new InUse(this, time);
    }

    private sealed class InUse(RodToken token, TimeProvider time) : IDisposable
    {
        public void Dispose()
        {
            token.Touch(time);
            Interlocked.Decrement(ref token._uses);
        }
    }
}

/// <summary>A run of blocks.</summary>
/// <param name="Lba">First block.</param>
/// <param name="BlockCount">How many.</param>
internal readonly record struct BlockRun(ulong Lba, ulong BlockCount);
