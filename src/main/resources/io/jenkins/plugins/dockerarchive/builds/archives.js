// What asks before it acts is a link to Jenkins and a button to people: the space bar works it, too.
Behaviour.specify("a.docker-archive__button", "docker-archive-button", 0, function (link) {
  link.setAttribute("role", "button");
  link.addEventListener("keydown", function (event) {
    if (event.key === " ") {
      event.preventDefault(); // to scroll is what it does on a link
    }
  });
  link.addEventListener("keyup", function (event) {
    if (event.key === " ") {
      link.click();
    }
  });
});
