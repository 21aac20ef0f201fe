using System.Text;
using Blockwire.Cli.Configuration;
using Blockwire.Protocol.Negotiation;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    [Fact]
    public void An_empty_object_leaves_every_default()
    {
        ServePlan plan = Read("{}");

        Assert.Empty(plan.Portals);
        Assert.Empty(plan.Targets);
        Assert.Equal(new TargetOffers().ToString(), plan.Offers.ToString());
        Assert.Equal((null, null, TimeSpan.FromSeconds(2)), (plan.LoginTimeout, plan.IdleProbe, plan.Drain));
        Assert.True(plan.AllowTargetReset);
        Assert.Equal(LogLevel.Information, plan.Log);
    }

    [Fact]
    public void Everything_that_it_says_is_taken()
    {
        ServePlan plan = Read("""
            {
              // comments and trailing commas are fine
              "log": "debug",
              "portals": [{ "listen": "127.0.0.1:3260" }, { "listen": "[::1]:0", "portalGroupTag": 2 }],
              "targets": [
                { "name": "iqn.2026-11.local.lab:one", "alias": "First", "disks": [
                  { "disk": "memory:1M", "lun": 7, "serial": "A&B", "thin": true, "block": 4096 },
                  { "disk": "null:1M?readonly", "removable": true },
                ] },
                { "name": "iqn.2026-11.local.lab:two", "disks": [{ "disk": "memory:2M", "readonly": true }] },
              ],
              "keys": { "MaxBurstLength": 65536, "FirstBurstLength": 4096, "ImmediateData": false, "HeaderDigest": "require", "DataDigest": "none" },
              "allowTargetReset": false,
              "timeouts": { "login": 5, "idleProbe": 0.25, "drain": 0 },
            }
            """);

        Assert.Equal(LogLevel.Debug, plan.Log);
        Assert.False(plan.AllowTargetReset);
        Assert.Equal([("127.0.0.1:3260", 1), ("[::1]:0", 2)], plan.Portals.Select(static it => (it.Address.ToString(), (int)it.GroupTag)));
        Assert.Equal(["iqn.2026-11.local.lab:one", "iqn.2026-11.local.lab:two"], plan.Targets.Select(static it => it.Name));
        Assert.Equal("First", plan.Targets[0].Alias);
        DiskPlan first = plan.Targets[0].Disks[0];
        Assert.Equal((7u, "A&B", true, 4096u), (first.Lun, first.Spec.Serial, first.Spec.Thin, first.Spec.BlockBytes));
        DiskPlan second = plan.Targets[0].Disks[1];
        Assert.Equal((1u, true, true), (second.Lun, second.Spec.ReadOnly, second.Spec.Removable));
        Assert.Equal((65536, 4096, false), (plan.Offers.MaxBurstLength, plan.Offers.FirstBurstLength, plan.Offers.ImmediateData));
        Assert.Equal((DigestPolicy.Require, DigestPolicy.None), (plan.Offers.HeaderDigest, plan.Offers.DataDigest));
        Assert.Equal(
            (TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(250), TimeSpan.Zero), (plan.LoginTimeout, plan.IdleProbe, plan.Drain));
    }

    [Fact]
    public void A_byte_order_mark_is_ignored() => Assert.Equal(LogLevel.Warning, Read("\uFEFF{\"log\":\"warn\"}").Log);

    [Theory]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","seril":"x"}]}]}""",
        "$.targets[0].disks[0].seril: unknown property 'seril': did you mean 'serial'? Known here: disk, lun")]
    [InlineData("""{"Log":"info"}""", "$.Log: unknown property 'Log': did you mean 'log'?")]
    [InlineData("""{"log":"info","log":"warn"}""", "$.log: given twice")]
    [InlineData("""{"log":"loud"}""", "$.log: 'loud' is none of trace|debug|info|warn|error")]
    [InlineData("""{"log":null}""", "$.log: a text is wanted here")]
    [InlineData("""[]""", "$: an object is wanted here")]
    [InlineData("""{"portals":{}}""", "$.portals: an array is wanted here")]
    [InlineData("""{"portals":["127.0.0.1"]}""", "$.portals[0]: an object is wanted here")]
    [InlineData("""{"portals":[{}]}""", "$.portals[0].listen: missing")]
    [InlineData("""{"portals":[{"listen":"a b"}]}""", "$.portals[0].listen: 'a b' is not HOST:PORT")]
    [InlineData("""{"portals":[{"listen":"a","portalGroupTag":65536}]}""", "$.portals[0].portalGroupTag: a whole number from 0 to 65535")]
    [InlineData("""{"targets":[{"disks":[]}]}""", "$.targets[0].name: missing")]
    [InlineData("""{"targets":[{"name":"disk"}]}""", "$.targets[0].name: 'disk': does not begin with iqn., eui. or naa.")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{}]}]}""", "$.targets[0].disks[0].disk: missing")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:x"}]}]}""", "$.targets[0].disks[0].disk: disk 'memory:x'")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","lun":16384}]}]}""", "$.targets[0].disks[0].lun: 16384 is above 16383")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","lun":1},{"disk":"memory:1M"}]}]}""", "$.targets[0].disks[1].lun: a disk above has LUN 1")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","block":"512"}]}]}""", "$.targets[0].disks[0].block: a whole number")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"memory:1M","thin":1}]}]}""", "$.targets[0].disks[0].thin: true or false is wanted")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","disks":[{"disk":"null:1"}]},{"name":"IQN.2026-11.a.b:c","disks":[{"disk":"null:1"}]}]}""", "$.targets[1].name: 'iqn.2026-11.a.b:c' names a target above")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c"},{"name":"iqn.2026-11.a.b:d","disks":[{"disk":"null:1M"}]}]}""", "$.targets[0].disks: one of several targets needs a disk")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","portGroups":[{"state":"standby"}]}]}""", "$.targets[0].portGroups[0].tag: missing")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","portGroups":[{"tag":1},{"tag":1}]}]}""", "$.targets[0].portGroups[1].tag: 1 stands above")]
    [InlineData("""{"targets":[{"name":"iqn.2026-11.a.b:c","portGroups":[{"tag":1,"state":"idle"}]}]}""", "$.targets[0].portGroups[0].state: 'idle' is none of active/optimized,")]
    [InlineData("""{"state":""}""", "$.state: the name of a folder is wanted")]
    [InlineData("""{"keys":{"MaxBurstLength":511}}""", "$.keys.MaxBurstLength: 511 will not do")]
    [InlineData("""{"keys":{"MaxOutstandingR2T":17}}""", "$.keys.MaxOutstandingR2T: 17 will not do: this target has at most 16 R2Ts outstanding")]
    [InlineData("""{"keys":{"MaxBurstLength":1024,"FirstBurstLength":2048}}""", "$.keys: FirstBurstLength 2048 exceeds MaxBurstLength 1024")]
    [InlineData("""{"keys":{"HeaderDigest":"CRC32C"}}""", "$.keys.HeaderDigest: 'CRC32C' is none of none|prefer|require")]
    [InlineData("""{"keys":{"maxBurstLength":4096}}""", "$.keys.maxBurstLength: unknown property 'maxBurstLength': did you mean 'MaxBurstLength'?")]
    [InlineData("""{"timeouts":{"login":0}}""", "$.timeouts.login: 0 is not a number of seconds above 0")]
    [InlineData("""{"timeouts":{"drain":-1}}""", "$.timeouts.drain: -1 is not a number of seconds from 0")]
    [InlineData("""{"timeouts":{"drain":"2"}}""", "$.timeouts.drain: a number is wanted here")]
    [InlineData("{\"discoveryChap\":{\"users\":[{\"secret\":\"hidden things\"}]}}", "$.discoveryChap.users[0].user: missing")]
    [InlineData("{\"discoveryChap\":{\"users\":[{\"user\":\"a\",\"secret\":\"\"}]}}", "$.discoveryChap.users[0].secret: missing")]
    [InlineData("{\"discoveryChap\":{\"mutual\":{\"user\":\"a\"}}}", "$.discoveryChap.mutual.secret: missing")]
    [InlineData("{\"discoveryChap\":{\"users\":[{\"user\":\"a\",\"secret\":\"hidden things\",\"initiator\":\"x\"}]}}", "$.discoveryChap.users[0].initiator: 'x': does not begin")]
    [InlineData("{\"discoveryChap\":{\"algorithms\":[\"MD5\",\"MD4\"]}}", "$.discoveryChap.algorithms[1]: 'MD4' is none of SHA3-256|SHA-256|SHA-1|MD5")]
    [InlineData("{\"discoveryChap\":{\"algorithms\":[]}}", "$.discoveryChap: no CHAP algorithm is left")]
    [InlineData("{\"discoveryChap\":{\"algorithms\":[\"MD5\"],\"require\":\"SHA-1\"}}", "$.discoveryChap: no CHAP algorithm is left")]
    [InlineData("{\"discoveryChap\":{\"challengeBytes\":15}}", "$.discoveryChap: a CHAP challenge has 16 to 1024 bytes, not 15")]
    [InlineData("{\n  \"log\": info\n}", "line 2, column 10:")]
    [InlineData("", "line 1, column 1:")]
    public void What_is_wrong_is_said_with_its_path(string json, string problem)
    {
        CliException failure = Assert.Throws<CliException>(() => Read(json));

        Assert.StartsWith("lab.json: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private static ServePlan Read(string json) => ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), "lab.json");
}
