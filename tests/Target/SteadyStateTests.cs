using System.Buffers.Binary;
using System.Net.Sockets;
using Blockwire.Storage;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>A warm server allocates nothing for a command. The client here is one thread with two buffers, so that what is counted is the server's.</summary>
[Collection(nameof(SteadyStateTests))]
public class SteadyStateTests
{
    private const int Commands = 200_000, AtOnce = 32, DataBytes = 4096, PduBytes = 48;

    [Fact]
    public async Task Reads_from_memory_allocate_nothing()
    {
        await using ServerRig rig = await ServerRig.StartAsync(disks: new MemoryDisk(1 << 20));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(rig.Portal); // a socket that has once been used asynchronously allocates whenever it has to wait
        byte[] answer = new byte[65536];
        socket.Send(new RawLogin(ServerRig.TargetName).ToPdu(1).ToBytes());
        ReceivePdu(socket, answer);
        uint cmdSN = 0, expStatSN = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(24)) + 1;
        byte[] requests = new byte[AtOnce * PduBytes];
        byte[] answers = new byte[AtOnce * (PduBytes + DataBytes)];

        // The first takes the unit attention of a new nexus.
        socket.Send(Numbered(RawFrames.ScsiCommand(0, 1, 0, 0, new byte[6]), cmdSN++, expStatSN));
        ReceivePdu(socket, answer);
        expStatSN++;
        for (int i = 0; i < AtOnce; i++)
        {
            RawFrames.ScsiCommand(0, (uint)(100 + i), DataBytes, 0, RawFrames.Cdb10(ServerRig.Read10, (uint)i * 8, 8)).ToBytes().CopyTo(requests, i * PduBytes);
        }

        Run(Commands / 10);
        GC.Collect();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Run(Commands);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // The runtime itself allocates a little now and then: thread pool growth, timers of the tick, tiering.
        Assert.True(allocated < Commands, $"{allocated} bytes for {Commands} commands");

        void Run(int commands)
        {
            for (int done = 0; done < commands; done += AtOnce)
            {
                for (int i = 0; i < AtOnce; i++)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(requests.AsSpan((i * PduBytes) + 24), cmdSN++);
                    BinaryPrimitives.WriteUInt32BigEndian(requests.AsSpan((i * PduBytes) + 28), expStatSN);
                }

                socket.Send(requests);
                Fill(socket, answers);
                expStatSN += AtOnce;
                if ((answers[0] & 0x3F) != RawOpcode.DataIn)
                {
                    Assert.Fail("that was no Data-In"); // an assertion at every turn would allocate
                }
            }
        }
    }

    private static byte[] Numbered(RawFrame pdu, uint cmdSN, uint expStatSN)
    {
        pdu[24] = cmdSN;
        pdu[28] = expStatSN;
        return pdu.ToBytes();
    }

    private static void ReceivePdu(Socket socket, byte[] into)
    {
        Fill(socket, into.AsSpan(0, PduBytes));
        int length = (into[5] << 16) | (into[6] << 8) | into[7];
        Fill(socket, into.AsSpan(PduBytes, (length + 3) & ~3));
    }

    private static void Fill(Socket socket, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            into = into[socket.Receive(into)..];
        }
    }
}
