using System.Diagnostics;
using Blockwire.Testing.Raw;

namespace Blockwire.Fuzz.Tests;

/// <summary>Goal: peers that are slow, silent or gone cost the others nothing. Method: many such connections, and a good one beside them.</summary>
public sealed class SlowPeerTests : IAsyncLifetime
{
    private FuzzServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FuzzServer.StartAsync();
        await _server.ServesAGoodClientAsync(0);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task SilentPeersHoldNobodyUpAndAreSentAway()
    {
        const int count = 200;
        RawConnection[] silent = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => RawConnection.OpenAsync(_server.Portal)));
        try
        {
            TimeSpan fastest = TimeSpan.MaxValue;
            for (int tries = 0; tries < 3 && fastest >= TimeSpan.FromSeconds(1); tries++)
            {
                long begun = Stopwatch.GetTimestamp();
                using RawInitiator initiator = await _server.LogInAsync(0x80_0000_000100);
                TimeSpan took = Stopwatch.GetElapsedTime(begun);
                fastest = took < fastest ? took : fastest;
                await initiator.LogOutAsync();
            }

            Assert.True(fastest < TimeSpan.FromSeconds(1), $"a login beside {count} silent connections took {fastest.TotalSeconds:0.00} s");
            await _server.ServesAGoodClientAsync(1);

            // Before login a peer has 15 seconds.
            long[] heard = await Task.WhenAll(silent.Select(static it => it.DrainAsync(TimeSpan.FromSeconds(40))));
            Assert.All(heard, static bytes => Assert.Equal(0, bytes));
        }
        finally
        {
            Array.ForEach(silent, static it => it.Dispose());
        }
    }

    [Fact]
    public async Task ASessionByteByByteGetsTheSameAnswers()
    {
        using RawInitiator initiator = await RawInitiator.ConnectAsync(_server.Portal);
        await DribbleAsync(initiator, new RawLogin(_server.TargetName) { Isid = 0x80_0000_000200, Digests = "CRC32C" }.ToPdu(1));
        RawFrame login = await initiator.ExpectAsync(RawOpcode.LoginResponse);
        Assert.Equal(0u, login[36] >> 16);
        initiator.Connection.HeaderDigest = initiator.Connection.DataDigest = true;

        // Unit attentions of a new session come first.
        for (int tries = 0; tries < 4; tries++)
        {
            await DribbleAsync(initiator, RawFrames.ScsiCommand(_server.GoodLun, 2, 0, 0, new byte[6]));
            _ = await initiator.ExpectAsync(RawOpcode.ScsiResponse);
        }

        byte[] data = [.. Enumerable.Range(0, 1024).Select(static it => (byte)(it * 7))];
        await DribbleAsync(initiator, RawFrames.ScsiCommand(_server.GoodLun, 3, 0, 1024, RawFrames.Cdb10(0x2A, 40, 2), data[..512]));
        RawFrame r2t = await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
        Assert.Equal((512u, 512u), (r2t[40], r2t[44]));
        await DribbleAsync(initiator, RawFrames.DataOut(_server.GoodLun, 3, r2t.Word20, 0, 512, true, data[512..]));
        RawFrame written = await initiator.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal((3u, 0, 0), (written.InitiatorTaskTag, written.Byte2, written.Byte3));

        await DribbleAsync(initiator, RawFrames.ScsiCommand(_server.GoodLun, 4, 1024, 0, RawFrames.Cdb10(0x28, 40, 2)));
        RawFrame read = await initiator.ExpectAsync(RawOpcode.DataIn);
        Assert.Equal(data, read.Data);
        if ((read.Flags & 1) == 0)
        {
            _ = await initiator.ExpectAsync(RawOpcode.ScsiResponse);
        }

        await DribbleAsync(initiator, RawFrames.Logout(0, 5, 0));
        RawFrame bye = await initiator.ExpectAsync(RawOpcode.LogoutResponse);
        Assert.Equal(0, bye.Byte2);
        Assert.Null(await initiator.ReceiveAsync());
    }

    [Fact]
    public async Task AHalfClosedSessionIsLetGo()
    {
        using RawInitiator other = await _server.LogInAsync(0x80_0000_000301);
        for (int round = 0; round < 20; round++)
        {
            using RawInitiator initiator = await _server.LogInAsync(0x80_0000_000300);
            if (round % 2 == 0)
            {
                // A write that waits for data which can never come now.
                await initiator.SendAsync(RawFrames.ScsiCommand(_server.HostileLun, 9, 0, 65536, RawFrames.Cdb10(0x2A, 0, 128)));
            }

            initiator.Connection.CloseSending();
            await initiator.Connection.DrainAsync();
            await other.PingAsync(1, 2, 3, 4);
        }

        await _server.ServesAGoodClientAsync(2);
    }

    [Fact]
    public async Task ResetsInTheMiddleOfAPduLeaveNothingBehind()
    {
        long before = 0;
        for (int round = 0; round < 300; round++)
        {
            using RawInitiator initiator = await _server.LogInAsync(0x80_0000_000400UL + (ulong)(round % 7));

            // Reads that are never taken, then half a write.
            for (uint read = 0; read < 8; read++)
            {
                await initiator.SendAsync(RawFrames.ScsiCommand(_server.HostileLun, 0x100 + read, 262144, 0, RawFrames.Cdb10(0x28, 0, 512)));
            }

            byte[] write = initiator.Number(RawFrames.ScsiCommand(_server.HostileLun, 0x200, 0, 8192, RawFrames.Cdb10(0x2A, 0, 16), new byte[8192])).ToBytes();
            await initiator.Connection.SendBytesAsync(write.AsMemory(0, 1 + (round * 31 % (write.Length - 1))));
            initiator.Connection.Reset();
            before = round == 20 ? _server.ResidentBytes : before;
        }

        await _server.ServesAGoodClientAsync(3);
        await _server.SettlesBelowAsync(before + (64L << 20), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task PeersThatTakeNoAnswersCannotFillTheServersMemory()
    {
        const int sessions = 16;

        // The bounds of docs/ARCHITECTURE.md: 16 MiB of task data and 4 MiB on the way to the socket for each session; 64 MiB for everything else.
        const long bound = (sessions * 20L << 20) + (64L << 20);
        long before = _server.ResidentBytes;
        List<RawInitiator> peers = [];
        try
        {
            for (ulong peer = 0; peer < sessions; peer++)
            {
                RawInitiator initiator = await _server.LogInAsync(0x80_0000_000500UL | peer);
                peers.Add(initiator);
                for (uint read = 0; read < 128; read++)
                {
                    // A window full of commands that ask for 128 MiB; 2 GiB in all.
                    await initiator.SendAsync(RawFrames.ScsiCommand(_server.HostileLun, read + 10, 1 << 20, 0, RawFrames.Cdb10(0x28, 0, 2048)));
                }
            }

            await _server.ServesAGoodClientAsync(4);
            await _server.SettlesBelowAsync(before + bound, TimeSpan.FromSeconds(30));
        }
        finally
        {
            peers.ForEach(static it => it.Dispose());
        }

        // And it is given back: buffers that nobody needs are dropped after a while.
        await _server.SettlesBelowAsync(before + (96L << 20), TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task ALoginThatNeverEndsIsCutOff()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Portal);
        RawFrame piece = RawFrames.Login(0x80_0000_000600, 0, 1, 0, 0x44, new string('k', 60) + "=" + new string('v', 8000));
        int taken = 0;
        bool refused = false;
        for (; taken < 200 && !refused; taken++)
        {
            try
            {
                await connection.SendAsync(piece);
                RawFrame? answer = await connection.ReceiveAsync();
                refused = answer is null || answer.Opcode != RawOpcode.LoginResponse || answer[36] >> 16 != 0;
            }
            catch (System.Net.Sockets.SocketException)
            {
                refused = true;
            }
        }

        Assert.True(refused, $"the server took {taken} PDUs of 8 KiB before login");
        Assert.InRange(taken * 8061, 1, (64 << 10) + 8192);
    }

    private static async Task DribbleAsync(RawInitiator initiator, RawFrame pdu)
    {
        byte[] bytes = initiator.Number(pdu).ToBytes(initiator.Connection.HeaderDigest, initiator.Connection.DataDigest);
        for (int at = 0; at < bytes.Length; at++)
        {
            await initiator.Connection.SendBytesAsync(bytes.AsMemory(at, 1));
        }
    }
}
