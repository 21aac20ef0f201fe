using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>
/// Sends what the core queues on one connection. Whoever has queued something calls <see cref="Flush"/>; the first becomes the sender and stays it until nothing is left.
/// </summary>
internal sealed class LinkSender(IscsiSession session, InitiatorConnection connection, PeerConnection peer)
{
    private PduBatch _spare = new();
    private bool _sending;
    private bool _broken;
    private bool _finishes;
    private bool _finished;

    /// <summary>Sends what waits, unless somebody is at it.</summary>
    public void Flush()
    {
        if (!connection.HasOutgoing && !_finishes)
        {
            return; // what this thread has queued it sees without the lock; what another has queued is the other's to send
        }

        PduBatch batch;
        lock (session.Core.Gate)
        {
            if (_sending || _broken)
            {
                return;
            }

            if (!connection.HasOutgoing)
            {
                FinishIfAsked();
                return;
            }

            _sending = true;
            batch = connection.TakeOutgoing(_spare);
        }

        ValueTask send = SendAsync(batch);
        if (!send.IsCompleted)
        {
            // It goes on by itself and ends with Break at the latest; nothing else can come out of it.
            _ = send.AsTask();
        }
    }

    /// <summary>Sends FIN once everything queued is out.</summary>
    public void FinishWhenSent()
    {
        lock (session.Core.Gate)
        {
            _finishes = true;
        }

        Flush();
    }

    /// <summary>The connection is over: what was never sent is given back.</summary>
    public void DropAll()
    {
        PduBatch? dropped = null;
        lock (session.Core.Gate)
        {
            _broken = true;
            if (connection.HasOutgoing)
            {
                dropped = connection.TakeOutgoing(new PduBatch());
            }
        }

        dropped?.Recycle();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(PduBatch? batch)
    {
        bool headerDigest = connection.Parameters.HeaderDigest == DigestKind.Crc32C;
        bool dataDigest = connection.Parameters.DataDigest == DigestKind.Crc32C;
        while (batch is not null)
        {
            try
            {
                batch.Seal(headerDigest, dataDigest);
                await peer.SendAsync(batch).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // The receiving side finds out too and tells the core.
                lock (session.Core.Gate)
                {
                    _broken = true;
                }

                peer.Abort();
                batch.Recycle();
                DropAll();
                return;
            }

            batch.Recycle();
            batch = TakeNext(batch);
        }
    }

    private PduBatch? TakeNext(PduBatch empty)
    {
        lock (session.Core.Gate)
        {
            if (connection.HasOutgoing && !_broken)
            {
                return connection.TakeOutgoing(empty);
            }

            _spare = empty;
            _sending = false;
            FinishIfAsked();
            return null;
        }
    }

    private void FinishIfAsked()
    {
        if (_finishes && !_finished && !_broken)
        {
            _finished = true;
            peer.HalfClose();
        }
    }
}
