using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>
/// Sends what the core queues on one connection. Whoever has queued something calls <see cref="FlushAsync"/>; the first becomes the sender and stays it until nothing
/// is left, the others go on with their work. So there is one sender at a time and no thread of its own.
/// </summary>
internal sealed class ConnectionSender(ServedSession session, TargetConnection connection, PeerConnection peer)
{
    private PduBatch _spare = new();
    // Nothing may overtake the answer to the login, which is sent apart.
    private bool _sending = true;
    private bool _broken;
    private bool _closeWhenDrained;
    private TaskCompletionSource? _drained;

    /// <summary>The login has been answered.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>FIN was sent.</summary>
    public bool HalfClosed { get; private set; }

    /// <summary>Something waits to be sent, FIN included. Certain only about what the calling thread itself has queued.</summary>
    public bool NeedsFlush => connection.HasOutgoing || (_closeWhenDrained && !HalfClosed);

    /// <summary>The login has been answered: what the core queues may go out.</summary>
    public void Open()
    {
        lock (session.Core.Gate)
        {
            _sending = false;
            IsOpen = true;
        }
    }

    /// <summary>A batch is being sent, and not all of it is out.</summary>
    public bool IsSending
    {
        get
        {
            lock (session.Core.Gate)
            {
                return _sending;
            }
        }
    }

    /// <summary>Sends FIN once everything queued is out (RFC 7143 §11.14).</summary>
    public void CloseWhenDrained()
    {
        lock (session.Core.Gate)
        {
            _closeWhenDrained = true;
        }
    }

    /// <summary>Sends what is queued, unless somebody is at it.</summary>
    public ValueTask FlushAsync()
    {
        PduBatch batch;
        lock (session.Core.Gate)
        {
            if (_sending || _broken || HalfClosed)
            {
                return ValueTask.CompletedTask;
            }

            if (!connection.HasOutgoing)
            {
                CloseIfAsked();
                return ValueTask.CompletedTask;
            }

            _sending = true;
            batch = connection.TakeOutgoing(_spare);
        }

        return SendAsync(batch);
    }

    /// <summary>Waits while more is queued than a peer that reads its socket would ever leave there: the reader's back-pressure.</summary>
    public ValueTask WaitForRoomAsync()
    {
        lock (session.Core.Gate)
        {
            if (!_sending || _broken || (connection.OutgoingCount < MaxQueuedPdus && connection.OutgoingBytes < MaxQueuedBytes))
            {
                return ValueTask.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_drained.Task);
        }
    }

    private const int MaxQueuedPdus = 1024;
    private const int MaxQueuedBytes = 4 << 20;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(PduBatch? batch)
    {
        while (batch is not null)
        {
            bool waited;
            try
            {
                batch.Seal(
                    connection.Parameters.HeaderDigest == DigestKind.Crc32C,
                    connection.Parameters.DataDigest == DigestKind.Crc32C);
                ValueTask send = peer.SendAsync(batch);
                waited = !send.IsCompleted;
                await send.ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                Break(batch);
                return;
            }

            long charge = batch.Charge;
            batch.Recycle();
            if (charge > 0)
            {
                Credit(charge);
            }

            batch = TakeNext(batch, waited);
        }
    }

    /// <summary>Gives up room that a quiet connection does not need. Called under the core's lock.</summary>
    public void Rest()
    {
        if (!_sending)
        {
            _spare.Rest();
        }
    }

    private void Credit(long charge)
    {
        Turn turn = Turn.Rent(session);
        lock (session.Core.Gate)
        {
            session.Core.Credit(charge, turn);
        }

        turn.RunAndReturn();
        if (session.Loops.Count > 1)
        {
            session.Flush(); // tasks that waited for the memory may belong to other connections
        }
    }

    private PduBatch? TakeNext(PduBatch empty, bool waited)
    {
        lock (session.Core.Gate)
        {
            if (waited)
            {
                connection.TakesAnswers(session.Now);
            }

            if (connection.HasOutgoing)
            {
                return connection.TakeOutgoing(empty);
            }

            _spare = empty;
            _sending = false;
            _drained?.TrySetResult();
            _drained = null;
            CloseIfAsked();
            return null;
        }
    }

    // The peer is gone: the receiving side finds out too and ends the connection; what was queued is given back there.
    private void Break(PduBatch batch)
    {
        long charge = batch.Charge;
        batch.Recycle();
        lock (session.Core.Gate)
        {
            _broken = true;
            _spare = batch;
            _drained?.TrySetResult();
            _drained = null;
        }

        Credit(charge);
        peer.Abort();
    }

    private void CloseIfAsked()
    {
        if (_closeWhenDrained && !HalfClosed)
        {
            HalfClosed = true;
            peer.HalfClose();
        }
    }
}
