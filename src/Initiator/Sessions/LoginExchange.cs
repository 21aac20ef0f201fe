using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>Carries the PDUs of one login to the target and back (RFC 7143 §6.3); what they say is the login core's matter.</summary>
internal sealed class LoginExchange(IscsiSession session, InitiatorConnection connection, PeerConnection peer)
{
    // Digests begin behind the login; a data segment is limited to the default until something else is declared (RFC 7143 §13.12), and some targets go beyond it a little.
    private static readonly FrameLimits _limits = new(2 * ConnectionParameters.DefaultMaxRecvDataSegmentLength, 0);

    public async Task<InitiatorLoginStep> RunAsync(LoginPlan plan, CancellationToken cancellationToken)
    {
        InitiatorLogin login = new(plan, session.Options.Random);
        InitiatorLoginStep step = login.Start();
        PduBatch batch = new();
        while (step.Next == InitiatorLoginNext.Send)
        {
            Span<byte> bhs = batch.Add(step.Data);
            step.Request.Emit(bhs);
            step.Numbers.Write(bhs);
            batch.Seal(headerDigest: false, dataDigest: false);
            await peer.SendAsync(batch).ConfigureAwait(false);
            batch.Recycle();
            step = await ReceiveAsync(login, cancellationToken).ConfigureAwait(false);
        }

        return step;
    }

    private async Task<InitiatorLoginStep> ReceiveAsync(InitiatorLogin login, CancellationToken cancellationToken)
    {
        while (true)
        {
            FrameProgress progress = FrameScanner.Scan(peer.Window.Unread.Span, false, false, _limits);
            switch (progress.State)
            {
                case FrameState.Complete:
                    InitiatorLoginStep step = Take(login, peer.Window.Unread.Span, progress.Layout);
                    peer.Window.Advance(progress.Layout.TotalLength);
                    return step;
                case FrameState.NeedMore:
                    if (!await peer.Window.ReceiveAsync(cancellationToken).ConfigureAwait(false))
                    {
                        throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionReset, $"the target closed {connection} during the login");
                    }

                    break;
                default:
                    return login.OnMalformed(progress.Check);
            }
        }
    }

    private static InitiatorLoginStep Take(InitiatorLogin login, ReadOnlySpan<byte> frame, in FrameLayout layout)
    {
        ReadOnlySpan<byte> bhs = frame[..Bhs.Length];
        Opcode opcode = new BhsView(bhs).Opcode;
        if (opcode != Opcode.LoginResponse)
        {
            return login.OnOtherPdu(opcode);
        }

        PduCheck check = LoginResponse.Parse(new LoginResponseView(bhs), out LoginResponse response);
        return check.IsOk ? login.OnResponse(response, TargetNumbers.Read(bhs), layout.Data(frame)) : login.OnMalformed(check);
    }
}
