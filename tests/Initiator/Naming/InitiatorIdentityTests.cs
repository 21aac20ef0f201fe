using Blockwire.Testing;

namespace Blockwire.Initiator.Tests;

/// <summary>What an initiator calls itself.</summary>
public sealed class InitiatorIdentityTests : IDisposable
{
    private readonly StateScratch _state = new();

    [Fact]
    [Rule("7143/4.2.7")]
    public void The_name_is_made_once()
    {
        InitiatorIdentity first = InitiatorIdentity.Find(_state.Variable, "Desk.example");

        Assert.StartsWith("iqn.2026-11.local.blockwire:desk.example-", first.Name.Text, StringComparison.Ordinal);
        Assert.Equal(first, InitiatorIdentity.Find(_state.Variable, "renamed"));
        Assert.Null(first.Note);
    }

    [Fact]
    public void Two_hosts_of_one_name_have_two_names()
    {
        using StateScratch other = new();

        Assert.NotEqual(InitiatorIdentity.Find(_state.Variable, "desk").Name, InitiatorIdentity.Find(other.Variable, "desk").Name);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost.localdomain")]
    [InlineData("")]
    [InlineData("...")]
    public void A_host_without_a_name_of_its_own_gets_a_random_one(string host) =>
        Assert.Matches("^iqn\\.2026-11\\.local\\.blockwire:[0-9a-f]{8}$", InitiatorIdentity.Find(_state.Variable, host).Name.Text);

    [Theory]
    [InlineData("My_Büro PC", "my-b-ro-pc-")]
    [InlineData("-x-", "x-")]
    public void Only_what_a_name_may_hold_is_taken_from_the_host(string host, string part) =>
        Assert.StartsWith(InitiatorIdentity.Prefix + part, InitiatorIdentity.Find(_state.Variable, host).Name.Text, StringComparison.Ordinal);

    [Fact]
    public void The_environment_goes_first()
    {
        InitiatorIdentity identity = InitiatorIdentity.Find(name => name == "BLOCKWIRE_INITIATOR" ? "iqn.2026-11.a:B" : _state.Variable(name), "desk");

        Assert.Equal("iqn.2026-11.a:b", identity.Name.Text);
        Assert.False(Directory.Exists(_state.Folder));
    }

    [Fact]
    public void A_wrong_name_says_where_it_stands()
    {
        Directory.CreateDirectory(_state.Folder);
        string file = Path.Combine(_state.Folder, "initiator-name");
        File.WriteAllText(file, "me");

        Assert.Contains("BLOCKWIRE_INITIATOR", Assert.Throws<InitiatorNameException>(static () => InitiatorIdentity.Find(static _ => "me", "desk")).Message, StringComparison.Ordinal);
        Assert.Contains(file, Assert.Throws<InitiatorNameException>(() => InitiatorIdentity.Find(_state.Variable, "desk")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_home_the_name_is_the_hosts_and_told_to_be()
    {
        InitiatorIdentity identity = InitiatorIdentity.Find(static _ => null, "desk");

        Assert.Equal("iqn.2026-11.local.blockwire:desk", identity.Name.Text);
        Assert.Contains("BLOCKWIRE_STATE", identity.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_that_cannot_be_used_does_no_harm()
    {
        string file = Path.Combine(Directory.CreateDirectory(_state.Folder).FullName, "file");
        File.WriteAllText(file, "");

        Assert.Contains(file, InitiatorIdentity.Find(name => name == "BLOCKWIRE_STATE" ? file : null, "desk").Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Home_is_where_the_XDG_specification_has_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no XDG on Windows");

        Assert.Equal("/s", Home(("BLOCKWIRE_STATE", "/s"), ("XDG_STATE_HOME", "/x"), ("HOME", "/h")));
        Assert.Equal("/x/blockwire", Home(("XDG_STATE_HOME", "/x"), ("HOME", "/h")));
        Assert.Equal("/h/.local/state/blockwire", Home(("XDG_STATE_HOME", "relative"), ("HOME", "/h")));
        Assert.Null(Home());
    }

    public void Dispose() => _state.Dispose();

    private static string? Home(params (string Name, string Value)[] variables) =>
        StateFolder.Find(name => variables.Where(it => it.Name == name).Select(static it => it.Value).SingleOrDefault());
}
