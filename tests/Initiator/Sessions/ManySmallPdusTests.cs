using System.Buffers.Binary;
using System.Net;
using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Protocol.Naming;
using Blockwire.Testing.Raw;

namespace Blockwire.Initiator.Tests.Sessions;

/// <summary>A target that says more than a turn takes. Method: between two answers of a real target a proxy says it.</summary>
public sealed class ManySmallPdusTests
{
    private const int Pings = 20_000; // without data: many more than a turn takes fit into a wide buffer

    [Fact]
    public async Task What_comes_behind_them_is_heard_too()
    {
        await using SessionRig rig = await SessionRig.StartAsync();
        await using CutProxy proxy = new(rig.Server.Portals[0]);
        IscsiSession session = await rig.OpenAsync(rig.Options() with { Portals = [PortalAddress.From(new IPEndPoint(IPAddress.Loopback, proxy.Port))] });
        await session.PingAsync().WaitAsync(SessionRig.Limit);
        RawFrame ping = RawFrame.FromHeader(proxy.LastFromTarget);
        Assert.Equal(RawOpcode.NopIn, ping.Opcode);
        BinaryPrimitives.WriteUInt64BigEndian(ping.Header.AsSpan(16), ulong.MaxValue); // both tags: nobody asked, and nobody is to answer
        ping[24]++; // StatSN: the next, which such a PDU does not use up (RFC 7143 §11.19.2)
        byte[] one = ping.ToBytes();
        byte[] all = new byte[Pings * one.Length];
        for (int i = 0; i < Pings; i++)
        {
            one.CopyTo(all, i * one.Length);
        }

        await proxy.SendToInitiatorAsync(all, SessionRig.Limit);
        await session.PingAsync().WaitAsync(SessionRig.Limit);
        Assert.Equal(1, proxy.Accepted);
    }
}
