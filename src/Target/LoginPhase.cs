using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>Carries the PDUs of a login between one connection and the login core (RFC 7143 §6). No digests yet, and no PDU longer than 8192 bytes of text.</summary>
internal sealed class LoginPhase(ServerContext server, PeerConnection peer, LoginDirectory directory, Func<LoginOutcome, bool> enter)
{
    private static readonly FrameLimits _limits = new(Blockwire.Protocol.Negotiation.ConnectionParameters.DefaultMaxRecvDataSegmentLength, 0);

    private readonly TargetLogin _login = new(directory, server.Options.Offers, server.Options.LoginLimits);
    private readonly PduBatch _batch = new();

    // RFC 7143 §8.1.4 up to the full feature phase, where TargetConnection goes on from IN_LOGIN.
    private ConnectionState _state = ConnectionStates.Next(ConnectionState.Free, ConnectionTransition.T3);

    /// <summary>Why there was no login; for the log.</summary>
    public string? Why { get; private set; }

    /// <summary>Runs the login. Null when it came to nothing; the connection is then to be closed.</summary>
    public async Task<LoginOutcome?> RunAsync()
    {
        while (true)
        {
            FrameProgress progress = FrameScanner.Scan(peer.Window.Unread.Span, headerDigest: false, dataDigest: false, _limits);
            if (progress.State == FrameState.NeedMore)
            {
                if (!await peer.Window.ReceiveAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    return Refuse("closed before the login was over", silent: true);
                }

                continue;
            }

            if (progress.State == FrameState.Refused)
            {
                return Refuse($"RFC {progress.Check.Rule}", silent: false);
            }

            LoginStep? step = Take(peer.Window.Unread.Span, progress.Layout);
            peer.Window.Advance(progress.Layout.TotalLength);
            if (step is null)
            {
                return Refuse("sent something else than a Login Request", silent: false);
            }

            if (step.Outcome is { } outcome)
            {
                return await FinishAsync(step, outcome).ConfigureAwait(false);
            }

            await SendAsync(step).ConfigureAwait(false);

            if (step.Next == LoginNext.Close)
            {
                peer.HalfClose();
                return Refuse(step.Why ?? "refused", silent: false);
            }
        }
    }

    // The answer that opens the full feature phase waits until nothing of a former session of this initiator port is with the disk any more.
    private async Task<LoginOutcome?> FinishAsync(LoginStep step, LoginOutcome outcome)
    {
        ServedSession session = (ServedSession)outcome.Admitted!;
        bool entered = false;
        try
        {
            await session.Predecessors.WaitAsync(server.Options.LoginTimeout, server.Time).ConfigureAwait(false);

            // Who is told that it is in may be spoken of on other connections at once, in a logout for one: so it enters first.
            // A session that ended meanwhile (a target reset) has let this login in all the same: it is answered, and closed like the others.
            entered = enter(outcome);
            await SendAsync(step).ConfigureAwait(false);
            return entered ? outcome : null;
        }
        catch (TimeoutException)
        {
            return Refuse("commands of the former session are still with the disk", silent: false);
        }
        finally
        {
            if (!entered)
            {
                BecomeFree();
                session.GiveUpLogin(outcome.Cid, directory);
            }
        }
    }

    private void BecomeFree()
    {
        if (_state != ConnectionState.Free)
        {
            _state = ConnectionStates.Next(_state, _state == ConnectionState.TransportUp ? ConnectionTransition.T6 : ConnectionTransition.T7);
        }
    }

    private LoginStep? Take(ReadOnlySpan<byte> frame, in FrameLayout layout)
    {
        BhsView view = new(frame);
        if (view.Opcode != Opcode.LoginRequest)
        {
            return _login.OnOtherPdu(view.Opcode);
        }

        if (_state == ConnectionState.TransportUp)
        {
            _state = ConnectionStates.Next(_state, ConnectionTransition.T4);
        }

        PduCheck check = LoginRequest.Parse(new LoginRequestView(frame), out LoginRequest request);
        return check.IsOk
            ? _login.OnRequest(request, InitiatorNumbers.Read(frame), layout.Data(frame))
            : _login.OnMalformed(request, check);
    }

    private async ValueTask SendAsync(LoginStep step)
    {
        Span<byte> bhs = _batch.Add(step.Data);
        step.Response.Emit(bhs);
        step.Numbers.Write(bhs);
        _batch.Seal(headerDigest: false, dataDigest: false);
        await peer.SendAsync(_batch).ConfigureAwait(false);
        _batch.Recycle();
    }

    private LoginOutcome? Refuse(string why, bool silent)
    {
        Why = why;
        BecomeFree();
        server.Statistics.CountRefusedLogin();
        if (!silent)
        {
            server.Log.LoginRefused(peer.Remote, _login.InitiatorName ?? "?", _login.TargetName ?? "?", why);
        }

        return null;
    }
}
