using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Blockwire.Testing.Raw;

namespace Blockwire.Bench.Sessions;

/// <summary>Logins on this thread, without a task between a system call and the next: what is timed is the target.</summary>
internal static class LoginProbe
{
    /// <summary>A TCP connection.</summary>
    public static Socket Connect(IPEndPoint portal)
    {
        Socket socket = new(portal.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        socket.Connect(portal);
        return socket;
    }

    /// <summary>One Login Request to the full feature phase.</summary>
    /// <returns>StatSN of the response.</returns>
    /// <exception cref="InvalidDataException">The target refused.</exception>
    public static uint LogIn(Socket socket, RawLogin login)
    {
        RawFrame request = login.ToPdu(1);
        request[24] = 1;
        socket.Send(request.ToBytes());
        byte[] header = new byte[RawFrame.HeaderLength];
        Receive(socket, header);
        RawFrame answer = RawFrame.FromHeader(header);
        Receive(socket, new byte[answer.DataSegmentLength + 3 & ~3]);
        return answer.Opcode == RawOpcode.LoginResponse && answer[36] >> 16 == 0
            ? answer[24]
            : throw new InvalidDataException($"the login was refused: {answer}");
    }

    /// <summary>Times connecting and logging in; the session is logged out afterwards.</summary>
    public static TimeSpan Measure(IPEndPoint portal, RawLogin login)
    {
        long begun = Stopwatch.GetTimestamp();
        using Socket socket = Connect(portal);
        uint statSN = LogIn(socket, login);
        TimeSpan took = Stopwatch.GetElapsedTime(begun);
        RawFrame logout = RawFrames.Logout(0, 2, login.Cid);
        logout[24] = 1;
        logout[28] = statSN + 1;
        socket.Send(logout.ToBytes());
        Receive(socket, new byte[RawFrame.HeaderLength]);
        return took;
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="InvalidDataException">The target closed.</exception>
    public static void Receive(Socket socket, Span<byte> into)
    {
        while (into.Length > 0)
        {
            int got = socket.Receive(into);
            into = got > 0 ? into[got..] : throw new InvalidDataException("the target closed");
        }
    }
}
