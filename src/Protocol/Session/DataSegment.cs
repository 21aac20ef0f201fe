using System.Buffers;

namespace Blockwire.Protocol.Session;

/// <summary>The data segment of a PDU as the shell hands it over.</summary>
/// <remarks>The memory is borrowed until the call ends and the effects are carried out, unless <see cref="TakeOwner"/> moves it to the session.</remarks>
public struct DataSegment
{
    private IMemoryOwner<byte>? _owner;

    /// <summary>The bytes, without padding.</summary>
    public ReadOnlyMemory<byte> Memory { get; private init; }

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
