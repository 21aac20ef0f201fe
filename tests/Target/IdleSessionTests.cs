using System.Buffers.Binary;
using System.Net.Sockets;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: ten thousand idle sessions fit into little memory. Method: hundreds of sessions in this process, each busy for a moment and then silent.</summary>
[Collection(nameof(SteadyStateTests))]
public class IdleSessionTests
{
    private const int Sessions = 500, Reads = 64, PduBytes = 48, BlockBytes = 512;

    /// <summary>On the heap, this test's own socket included. Ten thousand of them are 160 MB, of the GiB that they may have.</summary>
    private const int BytesEach = 16 << 10;

    [Fact]
    public async Task A_session_that_was_busy_and_is_silent_holds_little()
    {
        ManualTime time = new();
        await using ServerRig rig = await ServerRig.StartAsync(time, disks: new MemoryDisk(1 << 20));
        List<Socket> sockets = [];
        try
        {
            Open(rig, sockets);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            for (int i = 0; i < Sessions; i++)
            {
                Open(rig, sockets);
            }

            long busy = GC.GetTotalMemory(forceFullCollection: true);
            for (int second = 0; second < 4; second++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            await ServerRig.UntilAsync(() => GC.GetTotalMemory(forceFullCollection: true) - before < (long)Sessions * BytesEach);
            Assert.True(busy - before > (long)Sessions * BytesEach, $"they never held more than {(busy - before) / Sessions} bytes each, so nothing is shown");
        }
        finally
        {
            sockets.ForEach(static it => it.Dispose());
        }
    }

    // A socket that was never used asynchronously is small.
    private static void Open(ServerRig rig, List<Socket> sockets)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
        sockets.Add(socket);
        socket.Connect(rig.Portal);
        socket.Send(new RawLogin(ServerRig.TargetName) { Isid = 0x80_0000_000000UL + (uint)sockets.Count }.ToPdu(1).ToBytes());
        uint expStatSN = ReceivePdu(socket) + 1;
        uint cmdSN = 0;
        socket.Send(Numbered(RawFrames.ScsiCommand(0, 1, 0, 0, new byte[6]), cmdSN++, expStatSN)); // takes the unit attention of a new nexus
        ReceivePdu(socket);
        byte[] requests = [.. Enumerable.Range(0, Reads).SelectMany(i => Numbered(RawFrames.ScsiCommand(0, (uint)(2 + i), BlockBytes, 0, RawFrames.Cdb10(ServerRig.Read10, 0, 1)), cmdSN++, expStatSN))];
        socket.Send(requests);
        for (int i = 0; i < Reads; i++)
        {
            ReceivePdu(socket);
        }
    }

    private static byte[] Numbered(RawFrame pdu, uint cmdSN, uint expStatSN)
    {
        pdu[24] = cmdSN;
        pdu[28] = expStatSN;
        return pdu.ToBytes();
    }

    // Gives its StatSN.
    private static uint ReceivePdu(Socket socket)
    {
        byte[] header = new byte[PduBytes];
        Fill(socket, header);
        Fill(socket, new byte[((BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)) & 0xFFFFFF) + 3) & ~3]);
        return BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(24));
    }

    private static void Fill(Socket socket, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            int got = socket.Receive(into);
            into = got > 0 ? into[got..] : throw new InvalidDataException("the target closed");
        }
    }
}
