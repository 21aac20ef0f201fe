using Blockwire.Cli.CommandLine;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Tests.CommandLine;

public sealed class ServeArgumentsTests
{
    [Fact]
    public void An_empty_line_says_nothing()
    {
        ServeArguments arguments = CommandLines.Serve(string.Empty);

        Assert.Empty(arguments.Disks);
        Assert.Empty(arguments.Listen);
        Assert.Null(arguments.Target);
        Assert.Null(arguments.Configuration);
        Assert.Null(arguments.Log);
        Assert.Null(arguments.Drain);
    }

    [Fact]
    public void Disks_keep_their_order_wherever_options_stand()
    {
        ServeArguments arguments = CommandLines.Serve("memory:1M --log debug null:2M --drain 0.5 memory:3M?readonly&serial=a%20b");

        Assert.Equal(["memory:1M", "null:2M", "memory:3M"], arguments.Disks.Select(static it => it.ToString()));
        Assert.Equal("a b", arguments.Disks[2].Serial);
        Assert.True(arguments.Disks[2].ReadOnly);
        Assert.Equal(LogLevel.Debug, arguments.Log);
        Assert.Equal(TimeSpan.FromMilliseconds(500), arguments.Drain);
    }

    [Theory]
    [InlineData("127.0.0.1:3260", "127.0.0.1", 3260)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("localhost", "localhost", 3260)]
    public void Listen_takes_addresses_and_names(string text, string host, int port)
    {
        ServeArguments arguments = CommandLines.Serve($"--listen {text}");

        Assert.Equal((host, port), (arguments.Listen[0].Host, arguments.Listen[0].Port));
    }

    [Fact]
    public void Listen_repeats_and_never_swallows_a_disk()
    {
        ServeArguments arguments = CommandLines.Serve("--listen 127.0.0.1:1 memory:1M --listen [::1]:2");

        Assert.Equal(["127.0.0.1:1", "[::1]:2"], arguments.Listen.Select(static it => it.ToString()));
        Assert.Single(arguments.Disks);
    }

    [Fact]
    public void Target_names_are_normalised() =>
        Assert.Equal("iqn.2026-11.local.lab:disk", CommandLines.Serve("--target IQN.2026-11.local.Lab:Disk").Target);

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("info", LogLevel.Information)]
    [InlineData("warn", LogLevel.Warning)]
    [InlineData("ERROR", LogLevel.Error)]
    public void Log_takes_every_level(string name, LogLevel level) => Assert.Equal(level, CommandLines.Serve($"--log {name}").Log);

    [Theory]
    [InlineData("serve --lisen 127.0.0.1:1", "unknown option '--lisen': did you mean '--listen'? See blockwire serve --help")]
    [InlineData("serve memory:1M --frobnicate", "unknown option '--frobnicate'; see blockwire serve --help")]
    [InlineData("serve --config=a --lgo=info", "unknown option '--lgo': did you mean '--log'?")]
    [InlineData("srve", "unknown command 'srve': did you mean 'serve'? See blockwire --help")]
    [InlineData("mount", "unknown command 'mount'; see blockwire --help")]
    [InlineData("discover", "Required argument 'HOST[:PORT]' missing for command: 'discover'; see blockwire discover --help")]
    [InlineData("", "a command is missing: serve, discover, ls, info, read, write, copy, bench, ping, decode; see blockwire --help")]
    [InlineData("serve --listen", "--listen")]
    [InlineData("serve --listen 127.0.0.1:70000", "'127.0.0.1:70000' is not HOST:PORT")]
    [InlineData("serve --listen [::1:3260", "'[::1:3260' is not HOST:PORT")]
    [InlineData("serve --target disk", "--target: 'disk': does not begin with iqn., eui. or naa.")]
    [InlineData("serve --log loud", "--log: 'loud' is none of trace|debug|info|warn|error")]
    [InlineData("serve --log info --log warn", "--log")]
    [InlineData("serve --drain -1", "--drain: '-1' is not a number of seconds")]
    [InlineData("serve --drain 1e9", "--drain: '1e9' is not a number of seconds")]
    [InlineData("serve --drain NaN", "--drain: 'NaN' is not a number of seconds")]
    [InlineData("serve memory:12Q", "disk 'memory:12Q'")]
    [InlineData("serve memory:1M?colour=red", "unknown option 'colour'")]
    [InlineData("serve ceph:pool", "unknown disk type 'ceph:'")]
    public void What_is_wrong_is_said_in_one_line(string line, string problem)
    {
        string? found = CommandLines.Problem(line);

        Assert.NotNull(found);
        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', found);
    }

    [Fact]
    public void A_response_file_is_not_read_as_one() =>
        Assert.Equal("file:@disk.img", CommandLines.Serve("@disk.img").Disks[0].ToString());

    [Fact]
    public void Behind_two_dashes_everything_is_a_disk() =>
        Assert.Equal("file:--log", CommandLines.Serve("-- --log").Disks[0].ToString());
}
