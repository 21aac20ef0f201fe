using System.Diagnostics;
using System.Net.Sockets;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.Linux.Drops;

/// <summary>A connection of the initiator to the target whose bytes pass here, until one of the two ends it or it is cut.</summary>
/// <param name="initiator">Accepted from the initiator.</param>
/// <param name="target">Connected to the target.</param>
/// <param name="responsesToWork">SCSI commands that must end before <see cref="Worked"/>.</param>
/// <param name="atLogin">Where and how its login is to be cut; null: it is not.</param>
internal sealed class ProxiedConnection(Socket initiator, Socket target, int responsesToWork, Cut? atLogin)
{
    private const int HeaderAndDigest = RawFrame.HeaderLength + 4;
    private const int LeastData = 1024;
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan LimitOfReinstatement = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LimitOfClose = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, bool> _tasks = []; // by Initiator Task Tag: whether it writes
    private readonly TaskCompletionSource _worked = NewSignal();
    private readonly TaskCompletionSource _cut = NewSignal();
    private readonly TaskCompletionSource _ending = NewSignal();
    private PduTap _fromInitiator = null!;
    private PduTap _fromTarget = null!;
    private Cut? _armed;
    private long _lastPdu;
    private int _responses;

    public LoginRecord Login { get; } = new();

    /// <summary>The initiator was told that it is in.</summary>
    public bool IsLoggedIn { get; private set; }

    /// <summary>A Logout Response passed: the end that follows is nothing to wonder at.</summary>
    public bool IsLoggedOut { get; private set; }

    /// <summary>Digests that passed and were right.</summary>
    public long GoodDigests => _fromInitiator.GoodDigests + _fromTarget.GoodDigests;

    /// <summary>Commands have ended on it, so that nothing that is sent again after each cut starves.</summary>
    public Task Worked => _worked.Task;

    /// <summary>Which side ended it, unless it was cut.</summary>
    public string? EndedBy { get; private set; }

    /// <summary>Asks for a cut in the full feature phase.</summary>
    /// <returns>False: one of the sides ended the connection before the moment came.</returns>
    public async Task<bool> CutAsync(Cut cut, CancellationToken late)
    {
        lock (_gate)
        {
            _armed = cut;
        }

        while (!_cut.Task.IsCompleted && EndedBy is null)
        {
            await Task.Delay(10, late);
            lock (_gate)
            {
                if (cut.Moment == Moment.Idle && _tasks.Count == 0 && Stopwatch.GetElapsedTime(_lastPdu) > Quiet)
                {
                    _cut.TrySetResult();
                }
            }
        }

        return EndedBy is null;
    }

    /// <summary>Passes bytes until the end.</summary>
    /// <exception cref="InvalidDataException">A digest was wrong.</exception>
    /// <exception cref="TimeoutException">A side did not let go of the connection.</exception>
    public async Task RunAsync()
    {
        (initiator.NoDelay, target.NoDelay) = (true, true);
        (_fromInitiator, _fromTarget) = (new(OnRequestHeader, OnRequest), new(OnResponseHeader, OnResponse));
        Task up = PumpAsync(initiator, target, _fromInitiator), down = PumpAsync(target, initiator, _fromTarget);
        try
        {
            Task first = await Task.WhenAny(up, down, _cut.Task);
            Cut? cut = IsLoggedIn ? _armed : atLogin;
            if (first == _cut.Task && cut is { Stalls: true, Moment: not Moment.Idle })
            {
                await Task.Delay(Stall);
            }

            _ending.SetResult();
            if (first != _cut.Task)
            {
                EndedBy = first == up ? "the initiator" : "the target";
                cut = null;
            }

            End(initiator, cut is { Reset: true });
            if (cut is { TargetLearnsLate: true } && IsLoggedIn)
            {
                // Session reinstatement closes the former session (RFC 7143 §6.3.5), and its connection with it.
                await down.WaitAsync(LimitOfReinstatement);
            }

            End(target, cut is { Reset: true });
            await Task.WhenAll(up, down).WaitAsync(LimitOfClose);
        }
        finally
        {
            initiator.Dispose();
            target.Dispose();
        }
    }

    /// <summary>For the report of a failure.</summary>
    public override string ToString() =>
        $"{(IsLoggedIn ? "logged in" : "not logged in")}, {_responses} commands, {GoodDigests} digests, {(EndedBy is null ? $"cut {_armed ?? atLogin}" : $"ended by {EndedBy}")}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void End(Socket socket, bool reset)
    {
        try
        {
            if (reset)
            {
                socket.LingerState = new(true, 0);
                socket.Dispose();
            }
            else
            {
                socket.Shutdown(SocketShutdown.Send); // what comes is read until the other side has closed too: closing over unread bytes would be an RST
            }
        }
        catch (SocketException)
        {
            // The other side was faster.
        }
    }

    private static async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }

    private async Task PumpAsync(Socket from, Socket to, PduTap tap)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int got)
            {
                if (_ending.Task.IsCompleted)
                {
                    continue;
                }

                int pass;
                bool cut;
                lock (_gate)
                {
                    (pass, cut) = tap.Take(buffer.AsSpan(0, got));
                }

                await SendAllAsync(to, buffer.AsMemory(0, pass));
                if (cut)
                {
                    _cut.TrySetResult();
                    await _ending.Task;
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // A reset by either side is an end like any other.
        }
    }

    private int? OnRequestHeader(RawFrame header)
    {
        _lastPdu = Stopwatch.GetTimestamp();
        switch (header.Opcode)
        {
            case RawOpcode.LoginRequest when atLogin is { Login: LoginStage.Proof } && Login.IsChallenged:
                return RawFrame.HeaderLength + (header.DataSegmentLength / 2);
            case RawOpcode.ScsiCommand:
                _tasks[header.InitiatorTaskTag] = (header.Flags & 0x20) != 0;
                break;
        }

        return (_armed?.Moment, header.Opcode, header.DataSegmentLength) switch
        {
            (Moment.ImmediateData, RawOpcode.ScsiCommand, >= LeastData) => HeaderAndDigest + (header.DataSegmentLength / 2),
            (Moment.DataOut, RawOpcode.DataOut, >= LeastData) => HeaderAndDigest + (header.DataSegmentLength / 2),
            (Moment.Header, RawOpcode.ScsiCommand, _) => RawFrame.HeaderLength / 2,
            _ => null,
        };
    }

    private int? OnResponseHeader(RawFrame header)
    {
        _lastPdu = Stopwatch.GetTimestamp();
        if (header.Opcode == RawOpcode.LoginResponse)
        {
            bool here = atLogin?.Login == LoginStage.FirstResponse
                || (atLogin?.Login == LoginStage.LastResponse && LoginRecord.OpensFullFeature(header));
            return here ? 0 : null;
        }

        return (_armed?.Moment, header.Opcode, header.DataSegmentLength) switch
        {
            (Moment.DataIn, RawOpcode.DataIn, >= LeastData) => HeaderAndDigest + (header.DataSegmentLength / 2),
            (Moment.ReadyToTransfer, RawOpcode.ReadyToTransfer, _) => 0,
            (Moment.Status, RawOpcode.ScsiResponse, _) when _tasks.GetValueOrDefault(header.InitiatorTaskTag) => 0,
            _ => null,
        };
    }

    private void OnRequest(RawFrame pdu)
    {
        if (pdu.Opcode == RawOpcode.LoginRequest)
        {
            Login.Add(pdu);
        }
    }

    private void OnResponse(RawFrame pdu)
    {
        switch (pdu.Opcode)
        {
            case RawOpcode.LoginResponse:
                Login.Add(pdu);
                IsLoggedIn = LoginRecord.OpensFullFeature(pdu);
                _fromInitiator.Digests = _fromTarget.Digests = IsLoggedIn && Login.AgreedOnDigests;
                break;
            case RawOpcode.LogoutResponse:
                IsLoggedOut = true;
                break;
            case RawOpcode.ScsiResponse:
            case RawOpcode.DataIn when (pdu.Flags & 1) != 0: // S: the status is in it
                _tasks.Remove(pdu.InitiatorTaskTag);
                if (++_responses == responsesToWork)
                {
                    _worked.TrySetResult();
                }

                break;
        }
    }
}
