using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;

namespace Blockwire.Initiator.Tests;

/// <summary>iSCSI URLs as people, QEMU, libvirt and libiscsi write them.</summary>
public sealed class IscsiUrlTests
{
    private const string Target = "iqn.2026-11.local.blockwire:disk";
    private const string Secret = "sixteen bytes long";

    [Theory]
    [InlineData("iscsi://192.0.2.1/" + Target + "/0", "192.0.2.1:3260", 0u)]
    [InlineData("ISCSI://host.example:3261/" + Target + "/255", "host.example:3261", 255u)]
    [InlineData("iscsi://[2001:db8::1]/" + Target + "/16383", "[2001:db8::1]:3260", 16383u)]
    [InlineData("iscsi://[2001:db8::1]:3262/" + Target + "/7", "[2001:db8::1]:3262", 7u)]
    [InlineData("iscsi://h/iqn.2026-11.local.blockwire%3Adisk/1", "h:3260", 1u)]
    [InlineData("iscsi://h/IQN.2026-11.local.blockwire:DISK/1", "h:3260", 1u)]
    public void A_URL_names_portal_target_and_unit(string text, string portal, uint lun)
    {
        IscsiUrl url = Parse(text);

        Assert.Equal((portal, Target, lun), (Assert.Single(url.Portals).ToString(), url.TargetName!.Value.Text, url.Lun!.Value));
        Assert.Equal($"iscsi://{portal}/{Target}/{lun}", url.ToString());
        Assert.Null(url.Credentials);
    }

    [Theory]
    [InlineData("iscsi://h")]
    [InlineData("iscsi://h/")]
    [InlineData("h")]
    [InlineData("h:3260")]
    [InlineData("h/" + Target)]
    public void A_portal_will_do_for_discovery(string text) => Assert.Equal("h:3260", Assert.Single(Parse(text, IscsiUrlPart.Portal).Portals).ToString());

    [Theory]
    [InlineData("iscsi://h/" + Target)]
    [InlineData("iscsi://h/" + Target + "/")]
    public void A_target_will_do_where_no_unit_is_needed(string text)
    {
        IscsiUrl url = Parse(text, IscsiUrlPart.Target);

        Assert.Null(url.Lun);
        Assert.Equal($"iscsi://h:3260/{Target}", url.ToString());
    }

    [Theory]
    [InlineData("alice%sixteen%20bytes%20long", "alice")]
    [InlineData("alice:sixteen bytes long", "alice")]
    [InlineData("al:ice%sixteen bytes long", "al:ice")]
    public void User_and_secret_stand_before_the_host(string user, string name)
    {
        ChapInitiatorOptions credentials = Parse($"iscsi://{user}@h/{Target}/0").Credentials!;

        Assert.Equal(name, credentials.Own.Name);
        Assert.True(credentials.Own.Secret.Matches(ChapSecret.FromText(Secret)));
        Assert.Null(credentials.Target);
    }

    [Theory]
    [InlineData("se@cret/with:all%25%3F%FF", "se@cret/with:all%?", true)]
    [InlineData("plain", "plain", false)]
    public void A_secret_may_hold_anything(string written, string secret, bool binary)
    {
        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(secret), .. binary ? [(byte)0xFF] : Array.Empty<byte>()];

        Assert.True(Parse($"iscsi://alice%{written}@h/{Target}/0").Credentials!.Own.Secret.Matches(new ChapSecret(bytes)));
    }

    [Theory]
    [InlineData("BLOCKWIRE_CHAP_USER", "BLOCKWIRE_CHAP_SECRET", "BLOCKWIRE_CHAP_TARGET_USER", "BLOCKWIRE_CHAP_TARGET_SECRET")]
    [InlineData("LIBISCSI_CHAP_USERNAME", "LIBISCSI_CHAP_PASSWORD", "LIBISCSI_CHAP_TARGET_USERNAME", "LIBISCSI_CHAP_TARGET_PASSWORD")]
    public void The_environment_may_hold_both(string user, string secret, string targetUser, string targetSecret)
    {
        ChapInitiatorOptions credentials = Parse($"iscsi://h/{Target}/0", IscsiUrlPart.LogicalUnit, (user, "alice"), (secret, Secret), (targetUser, "storage"), (targetSecret, "other")).Credentials!;

        Assert.Equal(("alice", "storage"), (credentials.Own.Name, credentials.Target!.Name));
        Assert.True(credentials.Target.Secret.Matches(ChapSecret.FromText("other")));
    }

    [Fact]
    public void The_URL_goes_before_the_environment_which_may_keep_the_secret()
    {
        Assert.Equal("bob", Parse($"iscsi://bob%x@h/{Target}/0", IscsiUrlPart.Target, ("BLOCKWIRE_CHAP_USER", "alice"), ("BLOCKWIRE_CHAP_SECRET", Secret)).Credentials!.Own.Name);
        ChapCredential own = Parse($"iscsi://bob@h/{Target}/0", IscsiUrlPart.Target, ("LIBISCSI_CHAP_PASSWORD", Secret)).Credentials!.Own;
        Assert.Equal("bob", own.Name);
        Assert.True(own.Secret.Matches(ChapSecret.FromText(Secret)));
    }

    [Theory]
    [InlineData("target_user=storage&target_password=other")]
    [InlineData("target-password=other&target-user=storage")]
    public void The_target_can_be_made_to_prove_itself(string options)
    {
        ChapCredential target = Parse($"iscsi://alice%{Secret}@h/{Target}/0?{options}").Credentials!.Target!;

        Assert.Equal("storage", target.Name);
        Assert.True(target.Secret.Matches(ChapSecret.FromText("other")));
    }

    [Fact]
    public void Options_say_what_is_proposed()
    {
        IscsiUrl url = Parse(
            $"iscsi://h/{Target}/0?erl=1&header-digest=require&data_digest=none&connections=4&initiator=iqn.2026-11.a:b&quirks=unanswered-keys,no-chap-sha256");

        Assert.Equal((1, 4, 4), (url.Offers.ErrorRecoveryLevel, url.Offers.MaxConnections, url.Connections));
        Assert.Equal((DigestPolicy.Require, DigestPolicy.None), (url.Offers.HeaderDigest, url.Offers.DataDigest));
        Assert.Equal("iqn.2026-11.a:b", url.InitiatorName!.Value.Text);
        Assert.Equal(LoginQuirks.UnansweredKeys | LoginQuirks.NoChapSha256, url.LoginQuirks);
        Assert.Equal(PeerQuirks.None, url.PeerQuirks);
    }

    [Theory]
    [InlineData("tgt", LoginQuirks.NoChapSha256, PeerQuirks.None)]
    [InlineData("lio", LoginQuirks.None, PeerQuirks.Lio)]
    [InlineData("istgt,no-task-reassign", LoginQuirks.None, PeerQuirks.CountsImmediateRequests | PeerQuirks.NoTaskReassign)]
    [InlineData("shifted-reassign,lun-in-reassign", LoginQuirks.None, PeerQuirks.Lio)]
    public void Faults_of_known_targets_go_by_the_targets_name(string quirks, LoginQuirks login, PeerQuirks peer)
    {
        IscsiUrl url = Parse($"iscsi://h/{Target}/0?quirks={quirks}");

        Assert.Equal((login, peer), (url.LoginQuirks, url.PeerQuirks));
    }

    [Fact]
    public void Without_options_the_highest_level_and_digests_are_proposed()
    {
        IscsiUrl url = Parse($"iscsi://h/{Target}/0");

        Assert.Equal((2, DigestPolicy.Accept, DigestPolicy.Accept, 1), (url.Offers.ErrorRecoveryLevel, url.Offers.HeaderDigest, url.Offers.DataDigest, url.Connections));
    }

    [Fact]
    public void More_portals_make_more_paths() =>
        Assert.Equal(
            "h:3260 192.0.2.2:3260 [2001:db8::1]:3261",
            string.Join(' ', Parse($"iscsi://h/{Target}/0?portal=192.0.2.2&portal=[2001:db8::1]:3261&portal=192.0.2.2:3260").Portals));

    [Theory]
    [InlineData("", "no iSCSI URL")]
    [InlineData("http://h/" + Target + "/0", "no iSCSI URL")]
    [InlineData("iscsi:///" + Target + "/0", "no host[:port]")]
    [InlineData("iscsi://h:x/" + Target + "/0", "no host[:port]")]
    [InlineData("iscsi://h:0/" + Target + "/0", "port 0")]
    [InlineData("iscsi://h", "the target is missing")]
    [InlineData("iscsi://h/" + Target, "the LUN is missing")]
    [InlineData("iscsi://h/" + Target + "/x", "the LUN 'x'")]
    [InlineData("iscsi://h/" + Target + "/16384", "0 to 16383")]
    [InlineData("iscsi://h/" + Target + "/-1", "the LUN '-1'")]
    [InlineData("iscsi://h//0", "a LUN needs a target")]
    [InlineData("iscsi://h/" + Target + "/0/1", "more than a target and a LUN")]
    [InlineData("iscsi://h/disk/0", "does not begin with iqn.")]
    [InlineData("iscsi://h/iqn%zz/0", "%25")]
    [InlineData("iscsi://h/" + Target + "/0?erl=3", "erl takes a number from 0 to 2")]
    [InlineData("iscsi://h/" + Target + "/0?connections=33", "1 to 32")]
    [InlineData("iscsi://h/" + Target + "/0?header-digest=maybe", "none, prefer or require")]
    [InlineData("iscsi://h/" + Target + "/0?initiator=me", "does not begin with iqn.")]
    [InlineData("iscsi://h/" + Target + "/0?portal=", "the option portal")]
    [InlineData("iscsi://h/" + Target + "/0?quirks=all", "no quirk 'all'")]
    [InlineData("iscsi://h/" + Target + "/0?what=1", "no option what; known are erl")]
    [InlineData("iscsi://h/" + Target + "/0?erl=1&erl=2", "given twice")]
    [InlineData("iscsi://alice@h/" + Target + "/0", "has no secret")]
    [InlineData("iscsi://alice%@h/" + Target + "/0", "1 to 255 bytes")]
    [InlineData("iscsi://h/" + Target + "/0?target-user=s&target-password=x", "one of ours")]
    [InlineData("iscsi://alice%x@h/" + Target + "/0?target-user=s", "go together")]
    public void What_is_wrong_is_said_in_one_line(string text, string message)
    {
        Assert.False(IscsiUrl.TryParse(text, IscsiUrlPart.LogicalUnit, static _ => null, out _, out string? error));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain(error, char.IsControl);
    }

    [Theory]
    [InlineData("iscsi://alice%hidden@h/nonsense/0")]
    [InlineData("iscsi://alice:hidden@h/" + Target + "/0?what=1")]
    [InlineData("iscsi://alice%hidden%zz@h/" + Target + "/0")]
    [InlineData("iscsi://alice%x@h/" + Target + "/0?target-user=s&target-password=hidden%zz")]
    [InlineData("iscsi://alice%hidden@h/" + Target + "/0?target-user=s&target-password=hidden")]
    [InlineData("http://alice%hidden@h/")]
    [Rule("7143/9.2.1")]
    public void No_message_tells_a_secret(string text)
    {
        Assert.False(IscsiUrl.TryParse(text, IscsiUrlPart.LogicalUnit, static _ => null, out _, out string? error));
        Assert.DoesNotContain("hidden", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_URL_shows_no_secret()
    {
        IscsiUrl url = Parse($"iscsi://alice%hidden@h/{Target}/0?target-user=s&target-password=hidden2");

        Assert.Equal($"iscsi://h:3260/{Target}/0", url.ToString());
        Assert.DoesNotContain("hidden", url.Credentials!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_pair_in_the_environment_is_told()
    {
        Assert.False(IscsiUrl.TryParse($"iscsi://h/{Target}/0", IscsiUrlPart.Target, Variables(("BLOCKWIRE_CHAP_USER", "alice")), out _, out string? error));
        Assert.Contains("BLOCKWIRE_CHAP_SECRET", error, StringComparison.Ordinal);
    }

    private static IscsiUrl Parse(string text, IscsiUrlPart needed = IscsiUrlPart.LogicalUnit, params (string Name, string Value)[] variables) =>
        IscsiUrl.Parse(text, needed, Variables(variables));

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.Where(it => it.Name == name).Select(static it => it.Value).SingleOrDefault();
}
