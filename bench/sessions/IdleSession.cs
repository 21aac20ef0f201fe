using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Blockwire.Testing.Raw;

namespace Blockwire.Bench.Sessions;

/// <summary>A session that has been used and is quiet now: it answers the target's pings, and pings when it is told to.</summary>
internal sealed class IdleSession : IDisposable
{
    private const int HeaderBytes = 48;
    private const uint PingTag = 77;

    private readonly Socket _socket;
    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly uint _cmdSN;
    private uint _expStatSN;
    private TaskCompletionSource? _answered;

    private IdleSession(Socket socket, uint cmdSN, uint expStatSN)
    {
        _socket = socket;
        _cmdSN = cmdSN;
        _expStatSN = expStatSN;
    }

    /// <summary>Pings of the target that it has answered.</summary>
    public int PingsAnswered { get; private set; }

    /// <summary>Why it is over; null while it goes on.</summary>
    public string? Failure { get; private set; }

    /// <summary>Logs in and uses the session as a client does at first: takes the unit attentions, then reads some blocks.</summary>
    /// <param name="portal">Where the target is.</param>
    /// <param name="login">What is offered.</param>
    /// <param name="reads">Reads of 4096 bytes, all at once.</param>
    public static IdleSession Open(IPEndPoint portal, RawLogin login, int reads)
    {
        Socket socket = LoginProbe.Connect(portal);
        uint expStatSN = LoginProbe.LogIn(socket, login) + 1;
        uint cmdSN = 1;
        byte[] pdu = new byte[HeaderBytes];
        do
        {
            socket.Send(Numbered(RawFrames.ScsiCommand(0, 1, 0, 0, new byte[6]), cmdSN++, expStatSN++));
        }
        while (ReceiveStatus(socket, pdu) != 0);
        for (int i = 0; i < reads; i++)
        {
            socket.Send(Numbered(RawFrames.ScsiCommand(0, (uint)(2 + i), 4096, 0, RawFrames.Cdb10(0x28, (uint)(8 * i), 8)), cmdSN++, expStatSN));
        }

        for (int i = 0; i < reads; i++)
        {
            expStatSN++;
            if (ReceiveStatus(socket, pdu) != 0)
            {
                throw new InvalidDataException("a read failed");
            }
        }

        IdleSession session = new(socket, cmdSN, expStatSN);
        _ = session.ListenAsync();
        return session;
    }

    /// <summary>Pings the target and waits for its answer.</summary>
    public async Task PingAsync()
    {
        _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _socket.SendAsync(Numbered(RawFrames.NopOut(PingTag), _cmdSN, _expStatSN));
        await _answered.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Numbered(RawFrame pdu, uint cmdSN, uint expStatSN)
    {
        pdu[24] = cmdSN;
        pdu[28] = expStatSN;
        return pdu.ToBytes();
    }

    // SCSI Response or Data-In with status; its data is thrown away.
    private static int ReceiveStatus(Socket socket, byte[] pdu)
    {
        LoginProbe.Receive(socket, pdu);
        int length = (BinaryPrimitives.ReadInt32BigEndian(pdu.AsSpan(4)) & 0xFFFFFF) + 3 & ~3;
        LoginProbe.Receive(socket, new byte[length]);
        return pdu[3];
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                for (int have = 0; have < HeaderBytes;)
                {
                    int got = await _socket.ReceiveAsync(_header.AsMemory(have));
                    have += got > 0 ? got : throw new InvalidDataException("the target closed");
                }

                await TakeAsync(RawFrame.FromHeader(_header));
            }
        }
        catch (Exception failure) when (failure is SocketException or InvalidDataException or ObjectDisposedException)
        {
            Failure = failure.Message;
            _answered?.TrySetException(failure);
        }
    }

    private async Task TakeAsync(RawFrame pdu)
    {
        if (pdu.Opcode != RawOpcode.NopIn)
        {
            throw new InvalidDataException($"unexpected {pdu}");
        }

        if (pdu.InitiatorTaskTag == PingTag)
        {
            _expStatSN = pdu[24] + 1;
            _answered!.SetResult();
        }
        else if (pdu.Word20 != RawFrames.ReservedTag)
        {
            RawFrame answer = RawFrames.NopOut(RawFrames.ReservedTag);
            answer.Word20 = pdu.Word20;
            answer.Lun = pdu.Lun;
            PingsAnswered++;
            await _socket.SendAsync(Numbered(answer, _cmdSN, _expStatSN));
        }
    }
}
