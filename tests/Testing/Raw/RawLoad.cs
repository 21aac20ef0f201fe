using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Blockwire.Testing.Raw;

/// <summary>What each command of a <see cref="RawLoad"/> does.</summary>
public enum RawLoadKind
{
    Reads,
    Writes,

    /// <summary>A read and a write in turn.</summary>
    Mixed,
}

/// <summary>
/// Commands of 4 KiB on one connection, so many at a time: all of them go out in one send, and the next ones when all of these are answered. So it is the same
/// load every time, and once it is warm it allocates nothing: what grows in a process meanwhile is the server's.
/// </summary>
public sealed class RawLoad : IDisposable
{
    public const int DataBytes = 4096;

    private const int BlockBytes = 512, BlocksPerCommand = DataBytes / BlockBytes;
    private const byte Read10 = 0x28, Write10 = 0x2A;

    // Blocking calls alone: a socket that has once been used asynchronously allocates whenever it has to wait.
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly int _atOnce;
    private readonly byte[] _requests;
    private readonly int[] _requestAt;
    private readonly byte[] _answers;
    private uint _cmdSN;
    private uint _expStatSN;

    /// <summary>Logs in at recovery level 0, without digests, and takes the unit attentions of LUN 0.</summary>
    /// <exception cref="InvalidOperationException">The target answered something else than was expected.</exception>
    public RawLoad(IPEndPoint portal, string targetName, RawLoadKind kind, int atOnce)
    {
        _atOnce = atOnce;
        byte[][] requests = [.. Enumerable.Range(0, atOnce).Select(i => Request(i, kind == RawLoadKind.Writes || (kind == RawLoadKind.Mixed && i % 2 == 1)))];
        _requestAt = [.. requests.Select((_, i) => requests[..i].Sum(static it => it.Length))];
        _requests = [.. requests.SelectMany(static it => it)];
        int reads = kind switch { RawLoadKind.Reads => atOnce, RawLoadKind.Writes => 0, _ => (atOnce + 1) / 2 };
        _answers = new byte[(atOnce * RawFrame.HeaderLength) + (reads * DataBytes)];
        _socket.Connect(portal);
        LogIn(targetName);
        TakeAttentions();
    }

    /// <summary>Runs commands, rounded up to whole sends; each has to end with status GOOD.</summary>
    /// <exception cref="InvalidOperationException">One did not.</exception>
    public void Run(int commands)
    {
        for (int done = 0; done < commands; done += _atOnce)
        {
            foreach (int at in _requestAt)
            {
                Number(_requests.AsSpan(at));
            }

            _socket.Send(_requests);
            Fill(_answers);
            CheckAnswers();
            _expStatSN += (uint)_atOnce;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Request(int number, bool writes)
    {
        byte[] cdb = RawFrames.Cdb10(writes ? Write10 : Read10, (uint)(number * BlocksPerCommand), BlocksPerCommand);
        return (writes
            ? RawFrames.ScsiCommand(0, (uint)(100 + number), 0, DataBytes, cdb, new byte[DataBytes])
            : RawFrames.ScsiCommand(0, (uint)(100 + number), DataBytes, 0, cdb)).ToBytes();
    }

    private void LogIn(string targetName)
    {
        _socket.Send(new RawLogin(targetName).ToPdu(1).ToBytes());
        RawFrame answer = Receive();
        if (answer.Opcode != RawOpcode.LoginResponse || answer[36] >> 16 != 0)
        {
            throw new InvalidOperationException($"the login was not granted: {answer}");
        }

        _expStatSN = answer[24] + 1;
    }

    // TEST UNIT READY, until it is.
    private void TakeAttentions()
    {
        RawFrame answer;
        int left = 8;
        do
        {
            byte[] request = RawFrames.ScsiCommand(0, 1, 0, 0, new byte[6]).ToBytes();
            Number(request);
            _socket.Send(request);
            answer = Receive();
            _expStatSN = answer[24] + 1;
            if (left-- == 0)
            {
                throw new InvalidOperationException($"LUN 0 does not become ready: {answer}");
            }
        }
        while (answer.Byte3 != 0);
    }

    private void Number(Span<byte> request)
    {
        BinaryPrimitives.WriteUInt32BigEndian(request[24..], _cmdSN++);
        BinaryPrimitives.WriteUInt32BigEndian(request[28..], _expStatSN);
    }

    // A Data-In with the status of a read, or the response of a write; each fills the place that was counted for it.
    private void CheckAnswers()
    {
        for (int at = 0; at < _answers.Length;)
        {
            ReadOnlySpan<byte> header = _answers.AsSpan(at);
            int length = (header[5] << 16) | (header[6] << 8) | header[7];
            bool isGood = (header[0] & 0x3F) switch
            {
                RawOpcode.DataIn => (header[1] & 0x81) == 0x81 && length == DataBytes,
                RawOpcode.ScsiResponse => header[2] == 0 && length == 0,
                _ => false,
            };
            if (!isGood || header[3] != 0)
            {
                throw new InvalidOperationException($"that is no answer of a command that went well: {RawFrame.FromHeader(header)}");
            }

            at += RawFrame.HeaderLength + length;
        }
    }

    private RawFrame Receive()
    {
        byte[] header = new byte[RawFrame.HeaderLength];
        Fill(header);
        RawFrame frame = RawFrame.FromHeader(header);
        frame.Data = new byte[(frame.DataSegmentLength + 3) & ~3];
        Fill(frame.Data);
        return frame;
    }

    private void Fill(Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            int got = _socket.Receive(into);
            into = got > 0 ? into[got..] : throw new InvalidOperationException("the target closed the connection");
        }
    }
}
