using System.Buffers;

namespace Blockwire.Protocol.Session;

/// <summary>The data segment of a PDU as the shell hands it over.</summary>
/// <remarks>The memory is borrowed until the call ends and the effects are carried out, unless <see cref="TakeOwner"/> moves it to the session.</remarks>
public struct DataSegment
{
    private IMemoryOwner<byte>? _owner;
    private IUnfetchedData? _unfetched;

    /// <summary>The bytes, without padding.</summary>
    public ReadOnlyMemory<byte> Memory { get; private set; }

    /// <summary>They already lie where <see cref="TargetSession.PlanLanding"/> wanted them.</summary>
    public bool Landed { get; private init; }

    /// <summary>The data digest did not fit (RFC 7143 §7.8).</summary>
    public bool DigestError { get; init; }

    /// <summary>Bytes in the segment.</summary>
    public readonly int Length => Memory.Length;

    /// <summary>Bytes in the receive buffer, which is reused soon.</summary>
    public static DataSegment Borrowed(ReadOnlyMemory<byte> memory, bool digestError) => new() { Memory = memory, DigestError = digestError };

    /// <summary>Bytes in a buffer of their own.</summary>
    public static DataSegment Staged(ReadOnlyMemory<byte> memory, IMemoryOwner<byte> owner, bool digestError) =>
        new() { Memory = memory, _owner = owner, DigestError = digestError };

    /// <summary>Bytes received straight into their place.</summary>
    public static DataSegment InPlace(ReadOnlyMemory<byte> memory, bool digestError) => new() { Memory = memory, Landed = true, DigestError = digestError };

    /// <summary>Bytes that still lie with the system.</summary>
    /// <param name="memory">Has them fetched, or passed on, by whoever looks at it; until the call ends and the effects are carried out, like all that is borrowed.</param>
    /// <param name="source">Fetches them for longer.</param>
    public static DataSegment Unfetched(ReadOnlyMemory<byte> memory, IUnfetchedData source) => new() { Memory = memory, _unfetched = source };

    /// <summary>Has the bytes in a buffer of their own unless they are in one already.</summary>
    /// <returns>False when the connection has gone, and the bytes are not those that were sent.</returns>
    public bool Fetch()
    {
        if (_unfetched is not { } source)
        {
            return true;
        }

        bool isWhole = source.Fetch(out IMemoryOwner<byte> owner);
        (Memory, _owner, _unfetched) = (owner.Memory[..Memory.Length], owner, null);
        return isWhole;
    }

    /// <summary>Takes the buffer over, if it is one of its own.</summary>
    public IMemoryOwner<byte>? TakeOwner()
    {
        IMemoryOwner<byte>? owner = _owner;
        _owner = null;
        return owner;
    }

    /// <summary>Gives back a buffer that nobody took.</summary>
    public void Release() => TakeOwner()?.Dispose();
}
