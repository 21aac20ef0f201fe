using System.Net;
using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Protocol.Naming;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>Goal: what one caller does wrong harms no other. Method: our own server, behind a proxy that cuts and a disk that waits.</summary>
public sealed class CallerMistakesTests
{
    [Fact]
    public async Task A_handler_that_throws_keeps_no_command_from_its_end()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        IscsiSession session = await rig.OpenAsync(rig.Options() with { Portals = [PortalAddress.From(new IPEndPoint(IPAddress.Loopback, proxy.Port))] });
        session.Noticed += static (_, _) => throw new InvalidOperationException("a handler's fault");
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));

        proxy.Cut();
        await unit.ReadAsync(0, new byte[512]).AsTask().WaitAsync(SessionRig.Limit);
        await session.CloseAsync().WaitAsync(SessionRig.Limit);

        Assert.True(session.IsOver);
    }

    [Fact]
    public async Task Handlers_hear_one_at_a_time()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        IscsiSession session = await rig.OpenAsync(rig.Options(connections: 4));
        int inside = 0;
        int most = 0;
        int told = 0;
        session.Noticed += (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.SpinWait(1_000_000); // time for another to come in
            told++;
            Interlocked.Decrement(ref inside);
        };

        await Task.WhenAll(session.Connections.Skip(1).Select(one => Task.Run(() => session.CloseConnection(one.Cid))));
        SpinWait.SpinUntil(() => Volatile.Read(ref told) >= 3, SessionRig.Limit); // the session's logout would end them unheard
        await session.CloseAsync().WaitAsync(SessionRig.Limit);
        SpinWait.SpinUntil(() => Volatile.Read(ref inside) == 0 && Volatile.Read(ref told) >= 4, SessionRig.Limit);

        Assert.Equal(1, most);
        Assert.InRange(told, 4, int.MaxValue);
    }

    [Fact]
    public async Task A_result_that_is_asked_for_too_early_or_twice_is_refused_and_nothing_else()
    {
        using ManualGate gate = new();
        await using SessionRig rig = await SessionRig.StartAsync(null, new GatedDisk(new Storage.MemoryDisk(1 << 20), gate));
        IscsiSession session = await rig.OpenAsync();
        LogicalUnit unit = await LogicalUnit.OpenAsync(session.Unit(0));
        gate.Close();
        ScsiRequest request = new(Cdb16.From(BlockCdbs.Write(OperationCode.Write10, 0, 1).AsSpan)) { DataOut = new byte[512] };

        ValueTask<ScsiResult> command = session.Unit(0).ExecuteAsync(request, default);
        ValueTask transfer = unit.WriteAsync(0, new byte[512]);
        Assert.Throws<InvalidOperationException>(() => command.GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => transfer.GetAwaiter().GetResult());
        gate.Open();

        Assert.True((await command.AsTask().WaitAsync(SessionRig.Limit)).IsGood);
        await transfer.AsTask().WaitAsync(SessionRig.Limit);
        Assert.Throws<InvalidOperationException>(() => command.GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => transfer.GetAwaiter().GetResult());
        Task<ScsiResult>[] others = [.. Enumerable.Range(0, 8).Select(_ => session.Unit(0).ExecuteAsync(request, default).AsTask())];
        Assert.All(await Task.WhenAll(others).WaitAsync(SessionRig.Limit), static it => Assert.True(it.IsGood));
    }
}
