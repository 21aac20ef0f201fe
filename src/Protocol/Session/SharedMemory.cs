using System.Buffers;

namespace Blockwire.Protocol.Session;

/// <summary>
/// A buffer with several holders: the task that keeps its data for retransmission, and each PDU that carries it. It goes back when the last lets go, because an
/// initiator may acknowledge what is still being sent.
/// </summary>
internal sealed class SharedMemory(IMemoryOwner<byte> owner) : IMemoryOwner<byte>
{
    private int _holders = 1;

    /// <inheritdoc/>
    public Memory<byte> Memory => owner.Memory;

    /// <summary>One more holder, who disposes it too.</summary>
    public SharedMemory Share()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            owner.Dispose();
        }
    }
}
